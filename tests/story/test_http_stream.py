"""Answers streamed over HTTP: a real server on loopback, read event by event."""

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import fastapi.routing
import httpx
import pytest
from starlette.responses import StreamingResponse
from starlette.types import Receive

from ingest.errors import IndexBusy
from qa.assistant import Assistant
from qa.drafts import Evidence, Statement, Statements
from qa.events import Event
from qa.generation import ExtractiveGenerator
from qa.questions import Question
from tests.fakes import proposed
from tests.story.test_http import QUESTION, problem_of, serving

PATH = "/v1/chat/stream"
SECONDS = 60  # to wait for another thread, which a healthy run never needs


@pytest.fixture(scope="module")
def client(corpus_index: Path) -> Iterator[httpx.Client]:
    with serving(corpus_index) as client:
        yield client


Told = list[tuple[str, dict]]


def told(response: httpx.Response) -> Told:
    """Name and data of each event of a response that was read."""
    events = [block.split("\n") for block in response.text.split("\n\n") if block and block[0] != ":"]
    assert all(len(lines) == 2 for lines in events)
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in events]


def timeless(answer: dict) -> dict:
    answer["trace"].pop("durations")
    return answer


def test_the_last_event_is_the_answer_that_chat_sends(client: httpx.Client) -> None:
    response = client.post(PATH, json={"question": QUESTION})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers.get_list("cache-control") == ["no-store"]
    assert response.headers["x-accel-buffering"] == "no"
    events = told(response)
    assert events[-1][0] == "concluded"
    answer = client.post("/v1/chat", json={"question": QUESTION}).json()
    assert timeless(events[-1][1]) == timeless(answer)
    assert list(events[-1][1]) == list(answer)


def test_what_was_told_on_the_way_is_what_was_concluded(client: httpx.Client) -> None:
    question = "Which agreements were signed in Tokyo and what do they cover?"
    (first, retrieved), *stated, (last, answer) = told(client.post(PATH, json={"question": question}))
    assert (first, last) == ("retrieved", "concluded")
    assert retrieved == {"query": answer["trace"]["query"], "passages": answer["retrieved"]}
    assert {name for name, _ in stated} == {"claim"}
    assert [data["index"] for _, data in stated] == list(range(len(stated)))
    assert [data["claim"] for _, data in stated] == answer["claims"]


def test_an_abstention_is_concluded_without_a_claim(client: httpx.Client) -> None:
    events = told(client.post(PATH, json={"question": "What is the boiling point of tungsten?"}))
    assert [name for name, _ in events] == ["retrieved", "concluded"]
    assert events[-1][1]["outcome"] == "abstention"


def test_what_is_withheld_is_told_between_the_claims(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        carried = Statement(evidence.shown[0].sentence.text, (evidence.shown[0].handle,))
        return proposed(carried, Statement("The moon is a cheese.", ("S1",)), Statement("So.", ("S99",)))

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    events = told(client.post(PATH, json={"question": QUESTION}))
    assert [name for name, _ in events] == ["retrieved", "claim", "withheld", "withheld", "concluded"]
    withheld = [data for name, data in events if name == "withheld"]
    assert withheld == events[-1][1]["trace"]["withheld"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [({"question": " "}, "bad-question"), ({}, "invalid-request"), ({"query": "x"}, "invalid-request")],
)
def test_what_fails_before_the_first_event_has_its_status(
    client: httpx.Client, body: dict, kind: str
) -> None:
    response = client.post(PATH, json=body)
    assert response.status_code == 422
    assert problem_of(response)["type"] == f"urn:pincite:problem:{kind}"


def test_without_an_index_the_status_says_so(tmp_path: Path) -> None:
    with serving(tmp_path / "index") as client:
        response = client.post(PATH, json={"question": QUESTION})
        assert response.status_code == 503
        assert "pincite ingest" in str(problem_of(response)["detail"])


@pytest.mark.parametrize(
    ("error", "kind", "detail"),
    [
        (IndexBusy("no luck"), "urn:pincite:problem:index-busy", "the index is being written"),
        (RuntimeError("secret"), "about:blank", "something unexpected went wrong"),
    ],
)
def test_what_fails_later_is_told_in_the_stream(
    client: httpx.Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    kind: str,
    detail: str,
) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        raise error

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    with caplog.at_level(logging.WARNING, "pincite"):
        events = told(client.post(PATH, json={"question": QUESTION}))
    assert [name for name, _ in events] == ["retrieved", "error"]
    problem = events[-1][1]
    assert problem["type"] == kind
    assert problem["detail"].startswith(detail)
    assert problem["instance"] == PATH
    assert str(error) in caplog.text  # the log says it, whatever the client is told
    assert told(client.post(PATH, json={"question": "What is tungsten?"}))  # and the server goes on


def test_a_comment_keeps_a_slow_stream_open(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = threading.Event()
    drafted = ExtractiveGenerator.draft

    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        assert heard.wait(SECONDS)
        return drafted(self, question, evidence)

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.01)
    with client.stream("POST", PATH, json={"question": QUESTION}) as response:
        lines = []
        for line in response.iter_lines():
            lines.append(line)
            if line.startswith(":"):
                heard.set()
    assert "event: concluded" in lines


def test_who_leaves_stops_the_work_between_two_steps(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, over = threading.Event(), threading.Event()
    passed: list[str] = []
    listen = StreamingResponse.listen_for_disconnect

    async def listened(self: StreamingResponse, receive: Receive) -> None:
        await listen(self, receive)
        gone.set()

    stream = Assistant.stream

    def watched(self: Assistant, question: Question) -> Iterator[Event]:
        try:
            for event in stream(self, question):
                passed.append(type(event).__name__)
                yield event
        finally:
            over.set()

    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        assert gone.wait(SECONDS)
        shown = evidence.shown[:3]
        return proposed(*(Statement(each.sentence.text, (each.handle,)) for each in shown))

    monkeypatch.setattr(StreamingResponse, "listen_for_disconnect", listened)
    monkeypatch.setattr(Assistant, "stream", watched)
    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    with client.stream("POST", PATH, json={"question": QUESTION}) as response:
        assert next(response.iter_lines()) == "event: retrieved"
    assert over.wait(SECONDS)
    assert "Concluded" not in passed
