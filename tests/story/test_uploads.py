"""Documents over HTTP: taken in, read, replaced and removed while others ask."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from ingest.assembly import open_store
from ingest.settings import IndexSettings
from tests.story.conftest import Pincite
from tests.story.test_http import problem_of, serving

GATE = "Salma Juma painted the purple gate of Zanzibar in 1931."
ASKED = {"question": "Who painted the purple gate of Zanzibar?"}
Files = list[tuple[str, tuple[str, bytes]]]


def files(**named: str | bytes) -> Files:
    """Files to send, `_` standing for the dot of their names."""
    return [
        ("files", (name.replace("_", "."), text.encode() if isinstance(text, str) else text))
        for name, text in named.items()
    ]


def ended(client: httpx.Client, response: httpx.Response) -> dict[str, object]:
    """What became of a job, once it is over."""
    assert response.status_code == 202, response.text
    events = list(events_of(client, response.json()["job"]))
    assert events[0][0] == "progress"
    job: dict[str, object] = client.get(f"/v1/jobs/{response.json()['job']}").json()
    assert job["state"] == ("done" if events[-1][0] == "done" else "failed")
    return job


def events_of(client: httpx.Client, job: str) -> Iterator[tuple[str, dict[str, object]]]:
    with client.stream("GET", f"/v1/jobs/{job}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield kind, json.loads(line.removeprefix("data: "))


def report_of(client: httpx.Client, response: httpx.Response) -> dict[str, object]:
    report = ended(client, response)["report"]
    assert isinstance(report, dict)
    return report


def ids(client: httpx.Client) -> list[str]:
    return [document["id"] for document in client.get("/v1/documents").json()["documents"]]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    """A server without an index yet."""
    with serving(tmp_path / "index") as client:
        yield client


def test_what_is_uploaded_is_answered_from_and_what_is_deleted_is_gone(
    client: httpx.Client, tmp_path: Path
) -> None:
    report = report_of(
        client, client.post("/v1/documents", files=files(gate_txt=GATE, other_md="# Beta\n\nB."))
    )
    assert (report["added"], report["skipped"]) == (2, [])
    answer = client.post("/v1/chat", json=ASKED).json()
    assert answer["claims"][0]["citations"][0]["document"]["id"] == "gate.txt"
    assert answer["claims"][0]["citations"][0]["quote"] == GATE
    assert (tmp_path / "index" / "uploads" / "gate.txt").read_text() == GATE
    assert client.delete("/v1/documents/gate.txt").status_code == 204
    assert client.post("/v1/chat", json=ASKED).json()["outcome"] == "abstention"
    assert client.get("/v1/documents/gate.txt").status_code == 404
    assert client.delete("/v1/documents/gate.txt").status_code == 404
    assert not (tmp_path / "index" / "uploads" / "gate.txt").exists()
    report_of(client, client.post("/v1/documents/reindex"))
    assert ids(client) == ["other.md"]


def test_a_file_of_the_same_name_replaces_the_earlier_one(client: httpx.Client) -> None:
    report_of(client, client.post("/v1/documents", files=files(gate_txt=GATE)))
    report = report_of(client, client.post("/v1/documents", files=files(gate_txt="The gate fell in 1950.")))
    assert report["replaced"] == 1
    assert client.get("/v1/documents/gate.txt").json()["text"] == "The gate fell in 1950."
    assert report_of(client, client.post("/v1/documents/reindex"))["unchanged"] == 1


def test_what_cannot_be_read_is_named_in_the_report(client: httpx.Client, tmp_path: Path) -> None:
    sent = files(gate_txt=GATE, broken_pdf=b"%PDF-1.7 nothing", word_docx=b"PK\x03\x04", lines_jsonl="{}\n")
    report = report_of(client, client.post("/v1/documents", files=sent))
    assert report["added"] == 1
    assert isinstance(report["skipped"], list)
    assert {item["place"] for item in report["skipped"]} == {"broken.pdf", "word.docx", "lines.jsonl line 1"}
    assert str(tmp_path) not in json.dumps(report)


def test_an_id_that_a_file_elsewhere_holds_is_not_taken_over_and_no_folder_is_told(
    own_index: Path, tmp_path: Path, pincite: Pincite
) -> None:
    (tmp_path / "here" / "gate.txt").write_text(GATE)
    pincite("ingest", "gate.txt", "--index", own_index)
    with serving(own_index) as client:
        report = report_of(client, client.post("/v1/documents", files=files(gate_txt="Another gate.")))
        assert report["skipped"] == [
            {"place": "gate.txt", "reason": "its id 'gate.txt' belongs to another file"}
        ]
        assert client.get("/v1/documents/gate.txt").json()["text"] == GATE


def test_a_path_in_a_name_leads_nowhere(client: httpx.Client, tmp_path: Path) -> None:
    sent = [("files", ("../../../\u202egate.txt", GATE.encode()))]
    report_of(client, client.post("/v1/documents", files=sent))
    assert [path.name for path in tmp_path.rglob("*gate*")] == ["gate.txt"]
    assert ids(client) == ["gate.txt"]


@pytest.mark.parametrize(
    "sent", ["..txt", "a" * 300 + ".txt", "run.exe", "noending", "\u202e.txt", "..", "a.txt/"]
)
def test_a_name_or_kind_that_cannot_be_is_refused_and_nothing_is_kept(
    client: httpx.Client, tmp_path: Path, sent: str
) -> None:
    both = [("files", ("gate.txt", GATE.encode())), ("files", (sent, b"text"))]
    problem = problem_of(client.post("/v1/documents", files=both))
    assert (problem["status"], problem["type"]) == (422, "urn:pincite:problem:upload-refused")
    assert isinstance(problem["errors"], list)
    assert len(problem["errors"]) == 1
    assert not (tmp_path / "index" / "uploads").exists()


def test_two_files_of_one_name_are_refused(client: httpx.Client) -> None:
    both = [("files", ("a/gate.txt", b"one")), ("files", ("b/gate.txt", b"two"))]
    assert "'gate.txt', too" in str(problem_of(client.post("/v1/documents", files=both))["detail"])


def test_an_upload_without_files_is_not_valid(client: httpx.Client) -> None:
    for response in (
        client.post("/v1/documents"),
        client.post("/v1/documents", json={"files": []}),
        client.post("/v1/documents", files=[("other", ("gate.txt", b"text"))]),
        client.post("/v1/documents", data={"files": "text"}),
    ):
        assert response.status_code in (400, 422)
        problem_of(response)


def test_too_many_too_large_and_too_much_are_refused(tmp_path: Path) -> None:
    index = tmp_path / "index"
    with serving(index, max_upload_files=2, max_upload_mb=3, ingest={"max_file_mb": 1}) as client:
        many = client.post("/v1/documents", files=files(a_txt="a", b_txt="b", c_txt="c"))
        assert (many.status_code, "Too many files" in many.text) == (400, True)
        large = client.post("/v1/documents", files=files(a_txt="a", b_txt="b" * 1_000_001))
        assert problem_of(large)["type"] == "urn:pincite:problem:upload-too-large"
        assert large.json()["errors"] == [{"place": "b.txt", "message": "1,000,001 bytes"}]
        much = client.post("/v1/documents", files=files(a_txt="a" * 3_000_001))
        assert problem_of(much)["status"] == 413
        assert not (index / "uploads").exists()
        assert client.post("/v1/chat", content=b"x" * 1_100_000).status_code == 413  # as before


def test_one_document_of_a_file_that_holds_several_is_not_removed_alone(client: httpx.Client) -> None:
    lines = "\n".join(json.dumps({"_id": name, "text": f"Text of {name}."}) for name in ("a", "b"))
    report_of(client, client.post("/v1/documents", files=files(records_jsonl=lines)))
    problem = problem_of(client.delete("/v1/documents/a"))
    assert (problem["status"], problem["type"]) == (409, "urn:pincite:problem:document-shared")
    report_of(client, client.post("/v1/documents", files=files(records_jsonl=lines.split("\n")[1])))
    assert ids(client) == ["b"]
    assert client.delete("/v1/documents/b").status_code == 204


def test_a_document_from_elsewhere_is_removed_and_its_file_stays(
    own_index: Path, corpus_folder: Path
) -> None:
    with serving(own_index) as client:
        assert client.delete("/v1/documents/notes/defense-note.txt").status_code == 204
        assert "notes/defense-note.txt" not in ids(client)
    assert (corpus_folder / "notes/defense-note.txt").exists()


def test_a_rebuild_drops_uploads_and_a_reindex_brings_them_back(
    own_index: Path, tmp_path: Path, pincite: Pincite
) -> None:
    (tmp_path / "here" / "a.txt").write_text("Alpha is first.")
    with serving(own_index) as client:
        report_of(client, client.post("/v1/documents", files=files(gate_txt=GATE)))
        pincite("ingest", "--rebuild", "a.txt", "--index", own_index)
        assert ids(client) == ["a.txt"]
        assert report_of(client, client.post("/v1/documents/reindex"))["added"] == 1
        assert client.post("/v1/chat", json=ASKED).json()["outcome"] == "answer"


@contextmanager
def held(index: Path) -> Iterator[None]:
    """The write side, held by somebody else."""
    with open_store(IndexSettings(index=index)).writing():
        yield


def test_while_another_process_writes_nothing_is_taken_in(own_index: Path) -> None:
    with serving(own_index) as client, held(own_index):
        for response in (
            client.post("/v1/documents", files=files(gate_txt=GATE)),
            client.post("/v1/documents/reindex"),
            client.delete("/v1/documents/notes/defense-note.txt"),
        ):
            assert problem_of(response)["type"] == "urn:pincite:problem:index-busy"
            assert response.headers["retry-after"] == "5"
        assert not (own_index / "uploads").exists()
        assert client.get("/healthz").status_code == 200


def test_what_a_killed_server_had_taken_in_is_read_at_the_next_start(own_index: Path) -> None:
    (own_index / "uploads").mkdir()
    (own_index / "uploads" / "gate.txt").write_text(GATE)
    (own_index / "uploads" / ".coming-in-0123").write_text("half")
    with serving(own_index) as client:
        while "gate.txt" not in ids(client):
            time.sleep(0.05)
        assert [path.name for path in (own_index / "uploads").iterdir()] == ["gate.txt"]


def test_an_ingest_that_fails_says_so_in_its_last_event(own_index: Path) -> None:
    with serving(own_index, ingest={"passage_tokens": 64}) as client:
        started = client.post("/v1/documents", files=files(gate_txt=GATE)).json()
        kind, problem = list(events_of(client, started["job"]))[-1]
        assert (kind, problem["type"]) == ("error", "urn:pincite:problem:index-mismatch")
        assert client.get(f"/v1/jobs/{started['job']}").json()["problem"] == problem


def test_a_job_that_is_not_known_is_a_problem_and_no_stream(client: httpx.Client) -> None:
    for path in ("/v1/jobs/nosuch", "/v1/jobs/nosuch/events"):
        assert problem_of(client.get(path))["type"] == "urn:pincite:problem:job-not-found"


def test_a_full_queue_takes_nothing_in(own_index: Path) -> None:
    with serving(own_index, max_queued_jobs=1) as client:
        statuses = [
            client.post("/v1/documents", files=files(gate_txt=f"{GATE} {number}")).status_code
            for number in range(6)
        ]
        assert {202, 429} == set(statuses)
        refused = client.post("/v1/documents", files=files(late_txt=GATE))
        assert problem_of(refused)["type"] == "urn:pincite:problem:queue-full"
        assert refused.headers["retry-after"]
        assert not (own_index / "uploads" / "late.txt").exists()


def test_who_asks_while_a_document_is_replaced_sees_one_version_or_the_other(client: httpx.Client) -> None:
    texts = [
        "\n\n".join(
            f"The {thing} of Zanzibar was painted {colour} by {who}." for thing in ("gate", "wall", "door")
        )
        for colour, who in (("purple", "Salma Juma"), ("yellow", "Omar Said"))
    ]
    report_of(client, client.post("/v1/documents", files=files(gate_txt=texts[0])))
    told: list[dict[str, object]] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.1):  # who reads the upload needs a processor, too
            told.append(
                client.post("/v1/chat", json={"question": "Who painted the gate of Zanzibar?"}).json()
            )

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for number in range(1, 7):
        report = report_of(client, client.post("/v1/documents", files=files(gate_txt=texts[number % 2])))
        assert report["replaced"] == 1
    over.set()
    for asker in askers:
        asker.join()
    assert {check_one_version(answer, texts) for answer in told} == {0, 1}


def check_one_version(answer: dict[str, object], texts: list[str]) -> int:
    """Which version an answer is of; every quote stands in it, at its place."""
    assert answer.get("outcome") == "answer", answer
    claims = answer["claims"]
    assert isinstance(claims, list)
    cited = [citation for claim in claims for citation in claim["citations"]]
    (version,) = {citation["document"]["version"] for citation in cited}
    quoted = [{text[each["start"] : each["end"]] == each["quote"] for each in cited} for text in texts]
    assert quoted.count({True}) == 1
    assert version
    return quoted.index({True})
