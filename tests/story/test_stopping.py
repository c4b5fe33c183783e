"""A server that is told to stop: a real process, a real SIGTERM, and what it leaves behind."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.scripted_model import Request, Text, scripted_model, structured
from tests.story.conftest import PINCITE, pincite_environment
from tests.story.test_http import QUESTION, problem_of

SECONDS = 120  # to wait for a process, which a healthy run never needs
ASKED = {"question": QUESTION}


class Served:
    """A `pincite serve` in a process of its own, its log in a file."""

    def __init__(self, index: Path, log: Path, **variables: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.log = log
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(
                [*PINCITE, "serve", "--index", str(index), "--port", str(port)],
                env=pincite_environment(**variables),
                cwd=index.parent,
                stderr=stderr,
            )
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=SECONDS)

    def wait_until(self, told: Callable[[httpx.Client], bool]) -> None:
        while True:
            assert self.process.poll() is None, self.log.read_text()
            try:
                if told(self.client):
                    return
            except httpx.TransportError:
                pass  # not yet
            time.sleep(0.05)

    def lines(self) -> list[dict]:
        """The log, each line of it JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def served(own_index: Path, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts servers over one index, and ends what a failed test leaves running."""
    started: list[Served] = []

    def serve(**variables: str) -> Served:
        one = Served(own_index, tmp_path / f"log-{len(started)}", **variables)
        started.append(one)
        one.wait_until(lambda client: client.get("/healthz").status_code == 200)
        return one

    yield serve
    for one in started:
        one.client.close()
        one.process.kill()
        one.process.wait()


@contextmanager
def slow_model(may_reply: threading.Event) -> Iterator[dict[str, str]]:
    """A chat model that answers when it may; the variables that name it."""

    def reply(request: Request) -> Text:
        shown = json.loads(request.user.split("\n")[1])["sentences"]
        may_reply.wait(SECONDS)
        return structured(*((text, [handle]) for handle, text in list(shown.items())[:1]))

    with scripted_model(reply) as model:
        try:
            yield {"PINCITE_GENERATION_MODEL": "slow", "PINCITE_GENERATION_BASE_URL": model.url}
        finally:
            may_reply.set()


def children(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_running_stream_is_finished_and_readiness_ends_first(served: Callable[..., Served]) -> None:
    may_reply = threading.Event()
    with slow_model(may_reply) as model:
        one = served(PINCITE_SERVE_DRAIN_SECONDS="600", PINCITE_SERVE_STOP_SECONDS="600", **model)
        chosen = one.client.post("/v1/conversations").json()["id"]
        body = {**ASKED, "conversation_id": chosen}
        with one.client.stream("POST", "/v1/chat/stream", json=body) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: retrieved"
            one.process.send_signal(signal.SIGTERM)
            one.wait_until(lambda client: client.get("/readyz").status_code == 503)
            assert problem_of(one.client.get("/readyz"))["type"] == "urn:pincite:problem:stopping"
            assert one.client.post("/v1/search", json={"query": "deal"}).status_code == 200
            one.process.send_signal(signal.SIGTERM)  # does not wait any longer for others to notice
            may_reply.set()
            told = [line for line in lines if line.startswith("event: ")]
        assert told == ["event: claim", "event: concluded"]
        assert one.process.wait(SECONDS) == -signal.SIGTERM
    assert not list(
        Path(one.log.parent, "index").glob("conversations.sqlite3-*")
    )  # closed, nothing left to mend
    again = served()
    assert len(again.client.get(f"/v1/conversations/{chosen}").json()["turns"]) == 1


def test_after_the_time_to_drain_it_stops_by_itself(served: Callable[..., Served]) -> None:
    one = served(PINCITE_SERVE_DRAIN_SECONDS="0.2")
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(SECONDS) == -signal.SIGTERM
    assert [line["message"] for line in one.lines()].count("Shutting down") == 1


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_chat_model_that_never_answers_does_not_keep_it_from_stopping(
    served: Callable[..., Served], sign: signal.Signals
) -> None:
    may_reply = threading.Event()
    with slow_model(may_reply) as model:
        one = served(PINCITE_SERVE_STOP_SECONDS="1", **model)
        with one.client.stream("POST", "/v1/chat/stream", json=ASKED) as response:
            assert next(response.iter_lines()) == "event: retrieved"
            one.process.send_signal(sign)
            assert one.process.wait(SECONDS) == 0
            assert not may_reply.is_set()
        assert "1 requests were not answered" in one.lines()[-1]["message"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for children in /proc")
def test_an_ingest_is_ended_with_the_server_and_done_after_the_next_start(
    served: Callable[..., Served],
) -> None:
    one = served()
    words = " ".join(
        f"Gate number {number} of the harbour is {number} metres wide." for number in range(20_000)
    )
    sent = one.client.post("/v1/documents", files=[("files", ("gates.txt", words.encode()))])
    job = sent.json()["job"]
    one.wait_until(lambda client: client.get(f"/v1/jobs/{job}").json()["progress"]["total"] == 1)
    reading = children(one.process.pid)
    assert reading
    one.process.send_signal(signal.SIGTERM)
    assert one.process.wait(SECONDS) == -signal.SIGTERM
    for child in reading:
        while is_running(child):
            time.sleep(0.05)  # the interpreter's own tracker of resources ends a moment after
    stopped = [line for line in one.lines() if line["message"].startswith(f"/v1/jobs/{job} stopped")]
    assert [line["request"] for line in stopped] == [sent.headers["x-request-id"]]
    (one.log.parent / "index/uploads/gates.txt").write_text("The gates of the harbour are 31 metres wide.")
    again = served()
    again.wait_until(lambda client: client.get("/v1/documents/gates.txt").status_code == 200)


def test_every_line_of_a_servers_log_is_json_and_names_its_request(
    served: Callable[..., Served], own_index: Path
) -> None:
    one = served(PINCITE_INGEST_PASSAGE_TOKENS="64", PINCITE_GENERATION_MODEL="extractive")
    sent = {"x-request-id": "abc-1"}
    assert one.client.post("/v1/chat", json=ASKED, headers=sent).status_code == 503  # other settings
    upload = one.client.post("/v1/documents", files=[("files", ("a.txt", b"A gate."))], headers=sent)
    job = upload.json()["job"]
    one.wait_until(lambda client: client.get(f"/v1/jobs/{job}").json()["state"] == "failed")
    one.process.send_signal(signal.SIGTERM)
    one.process.wait(SECONDS)
    lines = one.lines()
    assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
    assert any("Uvicorn running on" in line["message"] for line in lines)
    mine = [line for line in lines if line.get("request") == "abc-1"]
    assert {(line["logger"], line.get("status")) for line in mine} == {
        ("pincite", None),
        ("pincite.access", 503),
        ("pincite.access", 202),
    }
    assert [line["level"] for line in mine if "failed" in line["message"]] == ["warning"]
    assert not any("Tomahawk" in json.dumps(line) for line in lines)
