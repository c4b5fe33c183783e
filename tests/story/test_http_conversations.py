"""Conversations that the server keeps, over HTTP."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.key_stores import KeyFile
from api.keys import KeyRing
from ingest.assembly import open_builder
from ingest.errors import IndexBusy
from ingest.settings import IndexSettings
from qa.drafts import Evidence, Statements
from qa.generation import ExtractiveGenerator
from tests.story.test_access import bearer
from tests.story.test_http import QUESTION, problem_of, serving
from tests.story.test_http_stream import SECONDS, timeless, told

PATH = "/v1/conversations"
MANY = 44  # questions at once: more than the server has threads


@pytest.fixture
def client(own_index: Path) -> Iterator[httpx.Client]:
    with serving(own_index) as client:
        yield client


def start(client: httpx.Client) -> str:
    response = client.post(PATH)
    assert response.status_code == 201
    return str(response.json()["id"])


def ask(client: httpx.Client, question: str, conversation: str) -> httpx.Response:
    return client.post("/v1/chat", json={"question": question, "conversation_id": conversation})


def test_a_conversation_is_kept_turn_by_turn_and_follow_ups_know_it(client: httpx.Client) -> None:
    chosen = start(client)
    first = ask(client, "Who signed in Tokyo?", chosen).json()
    second = ask(client, "When did they?", chosen).json()
    assert second["question"] == "When did they?"
    assert second["trace"]["query"] != second["question"]
    kept = client.get(f"{PATH}/{chosen}").json()
    assert [turn["question"] for turn in kept["turns"]] == ["Who signed in Tokyo?", "When did they?"]
    assert [turn["answer"] for turn in kept["turns"]] == [first, second]
    listed = client.get(PATH).json()
    assert listed["next"] is None
    assert [(each["id"], each["title"], each["turns"]) for each in listed["conversations"]] == [
        (chosen, "Who signed in Tokyo?", 2)
    ]


def test_a_streamed_turn_is_kept_as_it_was_concluded(client: httpx.Client) -> None:
    chosen = start(client)
    body = {"question": QUESTION, "conversation_id": chosen}
    events = told(client.post("/v1/chat/stream", json=body))
    kept = client.get(f"{PATH}/{chosen}").json()["turns"]
    assert timeless(kept[0]["answer"]) == timeless(events[-1][1])


def test_what_failed_is_not_kept(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        raise IndexBusy("no luck")

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    chosen = start(client)
    assert ask(client, QUESTION, chosen).status_code == 503
    body = {"question": QUESTION, "conversation_id": chosen}
    assert told(client.post("/v1/chat/stream", json=body))[-1][0] == "error"
    assert client.get(f"{PATH}/{chosen}").json()["turns"] == []


@pytest.mark.parametrize("path", ["/v1/chat", "/v1/chat/stream"])
def test_an_unknown_conversation_is_a_404(client: httpx.Client, path: str) -> None:
    body = {"question": QUESTION, "conversation_id": "nosuch"}
    for response in (
        client.post(path, json=body),
        client.get(f"{PATH}/nosuch"),
        client.delete(f"{PATH}/nosuch"),
    ):
        assert response.status_code == 404
        assert problem_of(response)["type"] == "urn:pincite:problem:conversation-not-found"


def test_messages_and_a_kept_conversation_exclude_each_other(client: httpx.Client) -> None:
    body = {"messages": [{"role": "user", "content": QUESTION}], "conversation_id": start(client)}
    assert client.post("/v1/chat", json=body).status_code == 422


def test_a_conversation_survives_a_restart_and_a_rebuild(own_index: Path, corpus_folder: Path) -> None:
    with serving(own_index) as client:
        chosen = start(client)
        answer = ask(client, QUESTION, chosen).json()
    open_builder(IndexSettings(index=own_index)).ingest(
        [str(corpus_folder / "notes")], watch=lambda _: None, rebuild=True
    )
    with serving(own_index) as client:
        assert client.get(f"{PATH}/{chosen}").json()["turns"][0]["answer"] == answer


def test_a_conversation_is_the_keys_that_started_it(own_index: Path) -> None:
    ring = KeyRing(KeyFile(own_index))
    with serving(own_index) as client:
        nobodys = start(client)  # from before there was a key
        ann, bob = (bearer(ring.create(name, "read")) for name in ("ann", "bob"))
        chosen = client.post(PATH, headers=ann).json()["id"]
        body = {"question": QUESTION, "conversation_id": chosen}
        assert client.post("/v1/chat", json=body, headers=ann).status_code == 200
        absent = {
            (response.status_code, problem_of(response)["type"])
            for response in (
                client.post("/v1/chat", json=body, headers=bob),
                client.post("/v1/chat/stream", json=body, headers=bob),
                client.get(f"{PATH}/{chosen}", headers=bob),
                client.delete(f"{PATH}/{chosen}", headers=bob),
                client.get(f"{PATH}/{nobodys}", headers=ann),
            )
        }
        assert absent == {(404, "urn:pincite:problem:conversation-not-found")}
        assert client.get(PATH, headers=bob).json()["conversations"] == []
        (listed,) = client.get(PATH, headers=ann).json()["conversations"]
        assert (listed["id"], listed["turns"]) == (chosen, 1)
        ring.revoke("ann")
        renewed = bearer(ring.create("ann", "read"))
        assert len(client.get(f"{PATH}/{chosen}", headers=renewed).json()["turns"]) == 1
        assert client.delete(f"{PATH}/{chosen}", headers=renewed).status_code == 204


def test_a_deleted_conversation_is_gone(client: httpx.Client) -> None:
    chosen = start(client)
    response = client.delete(f"{PATH}/{chosen}")
    assert (response.status_code, response.content) == (204, b"")
    assert client.get(f"{PATH}/{chosen}").status_code == 404
    assert client.get(PATH).json() == {"conversations": [], "next": None}


def test_conversations_come_in_pages(client: httpx.Client) -> None:
    ids = [start(client) for _ in range(5)]
    found, before = [], {}
    while True:
        page = client.get(PATH, params={"limit": 2, **before}).json()
        found += [each["id"] for each in page["conversations"]]
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert found == ids[::-1]
    assert client.get(PATH, params={"limit": 0}).status_code == 422


def test_two_at_once_are_asked_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first, and many that wait do not keep the first from its threads."""
    drafted = ExtractiveGenerator.draft
    begun, waiting = threading.Event(), threading.Event()

    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        begun.set()
        assert waiting.wait(SECONDS)
        return drafted(self, question, evidence)

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    (tmp_path / "deal.txt").write_text("Japan will receive about 400 Tomahawks.")
    open_builder(IndexSettings(index=tmp_path / "index")).ingest([str(tmp_path / "deal.txt")])
    with serving(tmp_path / "index", max_running=2, max_waiting=MANY) as client:
        _ask_at_once(client, begun, waiting)


def _ask_at_once(client: httpx.Client, begun: threading.Event, waiting: threading.Event) -> None:
    chosen = start(client)
    asked = [f"How many Tomahawks will Japan receive, and why {number}?" for number in range(MANY)]
    answers: dict[str, dict] = {}

    def ask_one(question: str) -> None:
        answers[question] = ask(client, question, chosen).json()

    first = threading.Thread(target=ask_one, args=(asked[0],))
    first.start()
    assert begun.wait(SECONDS)
    others = [threading.Thread(target=ask_one, args=(question,)) for question in asked[1:]]
    for thread in others:
        thread.start()
    assert client.get("/v1/documents").status_code == 200  # threads and places are left for everybody else
    waiting.set()
    for thread in (first, *others):
        thread.join()
    kept = client.get(f"{PATH}/{chosen}").json()["turns"]
    assert kept[0]["question"] == asked[0]
    assert sorted(turn["question"] for turn in kept) == sorted(asked)
    assert all(answers[turn["question"]] == turn["answer"] for turn in kept)
