"""Who gets in, how often, and what is told of it: over real HTTP."""

import json
import logging
import re
import stat
import threading
from pathlib import Path

import httpx
import pytest

from api.completions.errors import is_openai_path
from api.key_stores import KeyFile
from api.keys import KeyRing
from qa.assistant import Assistant
from qa.questions import Question
from tests.story.conftest import Pincite
from tests.story.test_http import QUESTION, problem_of, serving

ASKED = {"query": "defense"}
ANYWHERE = "0.0.0.0"


@pytest.fixture
def ring(own_index: Path) -> KeyRing:
    return KeyRing(KeyFile(own_index))


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_on_any_address_but_a_loopback_one_everything_needs_a_key(own_index: Path, ring: KeyRing) -> None:
    with serving(own_index, host=ANYWHERE) as client:
        for method, path in (
            ("POST", "/v1/search"),
            ("GET", "/v1/documents"),
            ("DELETE", "/v1/documents/notes/defense-note.txt"),
            ("GET", "/v1/jobs/x"),
            ("GET", "/metrics"),
            ("GET", "/v1"),
            ("POST", "/v1/chat/completions"),
            ("GET", "/nosuch"),
        ):
            response = client.request(method, path)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == 'Bearer realm="pincite"'
            if not is_openai_path(path):
                problem_of(response)
        for path in ("/healthz", "/", "/docs", "/openapi.json"):
            assert client.get(path).status_code == 200
        key = ring.create("ann", "read")  # no restart is needed
        assert client.post("/v1/search", json=ASKED, headers=bearer(key)).status_code == 200
        assert client.post("/v1/search", json=ASKED, headers={"x-api-key": key}).status_code == 200
        ring.revoke("ann")
        assert client.post("/v1/search", json=ASKED, headers=bearer(key)).status_code == 401


def operations() -> list[tuple[str, str]]:
    """Method and path of everything that is described, any id in the place of ids."""
    described = json.loads((Path(__file__).parents[1] / "data/openapi.json").read_text(encoding="utf-8"))
    return [
        (method.upper(), re.sub(r"{\w+}", "x", path))
        for path, methods in described["paths"].items()
        for method in methods
    ]


def test_every_route_is_guarded_and_its_answers_are_nobody_elses(own_index: Path, ring: KeyRing) -> None:
    key = bearer(ring.create("ann", "read"))
    with serving(own_index, host=ANYWHERE, requests_per_minute=1) as client:
        client.get("/v1/documents", headers=key)
        for method, path in operations():
            is_open = path in ("/healthz", "/readyz")
            asked = client.request(method, path)
            assert asked.status_code == 401 or is_open, path
            again = client.request(method, path, headers=key)
            changes = path.startswith("/v1/documents") and method != "GET"
            assert again.status_code == (403 if changes else 429) or is_open, path
            for response in (asked, again):
                assert response.headers["x-request-id"]
                assert "default-src 'none'" in response.headers["content-security-policy"]
                assert response.headers.get("cache-control") == "no-store" or is_open, path


def test_a_key_that_nobody_was_given_is_passed_over_where_none_is_asked_for(
    own_index: Path, ring: KeyRing
) -> None:
    with serving(own_index) as client:
        assert client.get("/v1/documents", headers=bearer("none")).status_code == 200
        ring.create("ann", "read")
        assert client.get("/v1/documents", headers=bearer("none")).status_code == 401


def test_a_key_to_read_does_not_change_documents(own_index: Path, ring: KeyRing) -> None:
    read, write = ring.create("ann", "read"), ring.create("bob", "write")
    path = "/v1/documents/notes/defense-note.txt"
    with serving(own_index, host=ANYWHERE) as client:
        for response in (
            client.delete(path, headers=bearer(read)),
            client.post("/v1/documents", files={"files": ("a.txt", b"text")}, headers=bearer(read)),
            client.post("/v1/documents/reindex", headers=bearer(read)),
        ):
            assert response.status_code == 403
            assert "insufficient_scope" in response.headers["www-authenticate"]
            problem_of(response)
        assert client.get(path, headers=bearer(read)).status_code == 200
        assert client.delete(path, headers=bearer(write)).status_code == 204


@pytest.mark.parametrize("sent", ["", "wrong", "pincite_", "ä" * 10, "x" * 20_000])
def test_what_is_no_key_opens_nothing(own_index: Path, ring: KeyRing, sent: str) -> None:
    ring.create("ann", "read")
    with serving(own_index) as client:
        response = client.get("/v1/documents", headers=[(b"x-api-key", sent.encode("latin-1"))])
        assert problem_of(response)["status"] == 401
        basic = client.get("/v1/documents", auth=("ann", "secret"))
        assert basic.status_code == 401


def test_keys_are_asked_for_behind_a_proxy_and_wherever_there_ever_was_one(
    own_index: Path, ring: KeyRing
) -> None:
    with serving(own_index, allowed_hosts=["pincite.example"]) as client:
        assert client.get("/v1/documents").status_code == 401
    with serving(own_index) as client:
        assert client.get("/v1/documents").status_code == 200
        ring.create("ann", "read")
        assert client.get("/v1/documents").status_code == 401
        ring.revoke("ann")
        assert client.get("/v1/documents").status_code == 401  # taking the last key back opens nothing


def test_what_may_be_done_without_a_key_is_said_in_so_many_words(own_index: Path, ring: KeyRing) -> None:
    with serving(own_index, host=ANYWHERE, allow_anonymous="read") as client:
        assert client.post("/v1/search", json=ASKED).status_code == 200
        assert client.delete("/v1/documents/x").status_code == 401
        assert client.get("/v1/access").json() == {"key": None, "change": False}
        assert client.get("/v1/documents", headers=bearer("wrong")).status_code == 401
        assert (
            client.delete("/v1/documents/x", headers=bearer(ring.create("ann", "write"))).status_code == 404
        )


def test_a_damaged_file_of_keys_lets_nobody_in(own_index: Path, ring: KeyRing) -> None:
    key = ring.create("ann", "read")
    (own_index / "keys.json").write_text("{")
    with serving(own_index) as client:
        response = client.get("/v1/documents", headers=bearer(key))
        assert problem_of(response)["type"] == "urn:pincite:problem:keys-unreadable"
        assert str(own_index) not in response.text


def test_keys_are_made_listed_and_revoked_at_the_terminal(own_index: Path, pincite: Pincite) -> None:
    made = pincite("key", "create", "ann", "--scope", "write", "--index", own_index)
    key = made.stdout.strip()
    assert re.fullmatch(r"pincite_[\w-]{43}", key)
    file = own_index / "keys.json"
    assert key not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    listed = json.loads(pincite("key", "list", "--json", "--index", own_index).stdout)["keys"]
    assert [(each["name"], each["scope"]) for each in listed] == [("ann", "write")]
    again = pincite("key", "create", "ann", "--index", own_index)
    assert (again.returncode, again.stdout) == (2, "")
    assert KeyRing(KeyFile(own_index)).find(key)
    assert pincite("key", "revoke", "ann", "--index", own_index).returncode == 0
    assert pincite("key", "revoke", "ann", "--index", own_index).returncode == 2
    assert pincite("key", "list", "--index", own_index).stdout == ""


def test_without_a_key_nothing_is_served_to_others(own_index: Path, pincite: Pincite) -> None:
    refused = pincite("serve", "--host", ANYWHERE, "--index", own_index)
    assert refused.returncode == 2
    assert "pincite key create" in refused.stderr


def test_a_page_from_elsewhere_changes_nothing(own_index: Path) -> None:
    with serving(own_index, allow_anonymous="write", allowed_hosts=["pincite.example"]) as client:
        for origin in ("https://evil.example", "null", "http://localhost:1", "https://pincite.example.evil"):
            response = client.post("/v1/documents/reindex", headers={"origin": origin})
            assert response.status_code == 403
            problem_of(response)
        ours = (f"http://127.0.0.1:{client.base_url.port}", "https://pincite.example")
        for origin in ours:
            assert client.post("/v1/search", json=ASKED, headers={"origin": origin}).status_code == 200


def test_who_asks_too_often_is_told_when_to_come_back(own_index: Path, ring: KeyRing) -> None:
    ann, bob = (bearer(ring.create(name, "read")) for name in ("ann", "bob"))
    with serving(own_index, requests_per_minute=2) as client:
        assert [client.get("/v1/documents", headers=ann).status_code for _ in range(3)] == [200, 200, 429]
        refused = client.get("/v1/documents", headers=ann)
        assert 1 <= int(refused.headers["retry-after"]) <= 30
        problem_of(refused)
        assert client.get("/v1/documents", headers=bob).status_code == 200
        assert [client.get("/healthz").status_code for _ in range(3)] == [200, 200, 200]


def ask_apart(client: httpx.Client, told: list[int]) -> threading.Thread:
    def ask() -> None:
        told.append(client.post("/v1/chat", json={"question": QUESTION}).status_code)

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


@pytest.mark.parametrize(("waiting", "seconds"), [(0, 60), (1, 0.05)])
def test_what_is_too_much_at_once_is_refused_and_not_piled_up(
    corpus_index: Path, slow: tuple[threading.Event, threading.Event], waiting: int, seconds: float
) -> None:
    at_hand, may_go = slow
    told: list[int] = []
    limits = {"max_running": 1, "max_waiting": waiting, "max_wait_seconds": seconds}
    with serving(corpus_index, **limits) as client:
        first = ask_apart(client, told)
        at_hand.wait(60)
        refused = client.post("/v1/search", json=ASKED)
        assert problem_of(refused)["status"] == 429
        assert refused.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200
        may_go.set()
        first.join()
        assert client.post("/v1/search", json=ASKED).status_code == 200
    assert told == [200]


def test_who_finds_a_turn_in_time_is_answered(
    corpus_index: Path, slow: tuple[threading.Event, threading.Event]
) -> None:
    at_hand, may_go = slow
    told: list[int] = []
    with serving(corpus_index, max_running=1, max_waiting=8, max_wait_seconds=60) as client:
        threads = [ask_apart(client, told) for _ in range(4)]
        at_hand.wait(60)
        may_go.set()
        for thread in threads:
            thread.join()
    assert told == [200] * 4


def test_every_answer_says_that_it_is_nobody_elses(corpus_index: Path) -> None:
    with serving(corpus_index) as client:
        for response in (client.get("/v1/documents"), client.get("/v1/documents/nosuch")):
            assert response.headers["cache-control"] == "no-store"
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["referrer-policy"] == "no-referrer"


def test_a_request_has_one_id_and_one_line_without_what_was_asked(
    corpus_index: Path, caplog: pytest.LogCaptureFixture, ring: KeyRing
) -> None:
    with serving(corpus_index) as client, caplog.at_level(logging.INFO, "pincite.access"):
        given = client.get("/v1/documents/notes/defense-note.txt", headers={"x-request-id": "abc-1"})
        made = client.post("/v1/search", json={"query": "secret"}, headers={"x-request-id": "a b\tc"})
        client.get("/secret")
        client.get("/v1/conversations/secret")
        client.get("/v1/models/secret")
    assert given.headers["x-request-id"] == "abc-1"
    assert re.fullmatch("[0-9a-f]{16}", made.headers["x-request-id"])
    lines = [vars(each)["fields"] for each in caplog.records if each.name == "pincite.access"]
    assert [(each["route"], each["status"]) for each in lines] == [
        ("/v1/documents/{id:path}", 200),
        ("/v1/search", 200),
        ("-", 404),
        ("/v1/conversations/{id}", 404),
        ("/v1/models/{id}", 404),
    ]
    assert [each["request"] for each in lines[:2]] == ["abc-1", made.headers["x-request-id"]]
    assert "secret" not in json.dumps(lines)
    assert "defense" not in json.dumps(lines)


def test_an_unforeseen_failure_bears_its_id(
    corpus_index: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Assistant, question: Question) -> None:
        raise RuntimeError("no luck")

    monkeypatch.setattr(Assistant, "ask", fail)
    with serving(corpus_index) as client:
        response = client.post("/v1/chat", json={"question": QUESTION}, headers={"x-request-id": "abc-1"})
    assert problem_of(response)["status"] == 500
    assert response.headers["x-request-id"] == "abc-1"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "a request failed" in caplog.text


def test_metrics_count_requests_outcomes_and_steps(corpus_index: Path) -> None:
    with serving(corpus_index) as client:
        client.post("/v1/chat", json={"question": QUESTION})
        client.post("/v1/chat", json={"question": "What is the boiling point of tungsten?"})
        client.post("/v1/chat/stream", json={"question": QUESTION})
        completion = {"model": "pincite", "messages": [{"role": "user", "content": QUESTION}]}
        for stream in (False, True):
            client.post("/v1/chat/completions", json={**completion, "stream": stream})
        chosen = client.post("/v1/conversations").json()["id"]
        client.post("/v1/chat", json={"question": QUESTION, "conversation_id": chosen})
        client.get("/nosuch")
        told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    for line in (
        'pincite_requests_total{method="POST",route="/v1/chat",status="200"} 3.0',
        'pincite_requests_total{method="POST",route="/v1/chat/stream",status="200"} 1.0',
        'pincite_requests_total{method="POST",route="/v1/chat/completions",status="200"} 2.0',
        'pincite_requests_total{method="POST",route="/v1/conversations",status="201"} 1.0',
        'pincite_requests_total{method="GET",route="-",status="404"} 1.0',
        'pincite_outcomes_total{outcome="answer",reason=""} 5.0',
        'pincite_outcomes_total{outcome="abstention",reason="off_topic"} 1.0',
        'pincite_step_seconds_count{step="retrieve"} 6.0',
        "pincite_queued_jobs 0.0",
    ):
        assert line in told.text, told.text


def test_a_server_is_ready_when_it_can_answer(own_index: Path, tmp_path: Path) -> None:
    with serving(own_index) as client:
        assert client.get("/v1/access").json() == {"key": None, "change": True}
        assert client.get("/readyz").json() == {"status": "ready"}
    with serving(tmp_path / "none") as client:
        assert problem_of(client.get("/readyz"))["type"] == "urn:pincite:problem:index-missing"
