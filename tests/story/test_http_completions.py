"""OpenAI's protocol as its clients speak it: the official one and LangChain's, against a real server."""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

from api.key_stores import KeyFile
from api.keys import KeyRing
from ingest.errors import IndexBusy
from qa.drafts import Evidence, Statements
from qa.generation import ExtractiveGenerator
from tests.fakes import proposed
from tests.story.test_access import ask_apart
from tests.story.test_http import QUESTION, serving

PATH = "/v1/chat/completions"
UNKNOWN = "What is the boiling point of tungsten?"


@pytest.fixture(scope="module")
def client(corpus_index: Path) -> Iterator[httpx.Client]:
    with serving(corpus_index) as client:
        yield client


@pytest.fixture
def official(client: httpx.Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none", max_retries=0) as official:
        yield official


def asked(question: str = QUESTION, **more: object) -> dict[str, object]:
    return {"model": "pincite", "messages": [{"role": "user", "content": question}], **more}


def test_the_official_client_gets_claims_marks_and_footnotes(
    official: openai.OpenAI, client: httpx.Client
) -> None:
    completion = official.chat.completions.create(**asked())
    choice = completion.choices[0]
    content = choice.message.content or ""
    answer = client.post("/v1/chat", json={"question": QUESTION}).json()
    assert (completion.object, completion.model, choice.finish_reason) == (
        "chat.completion",
        "pincite",
        "stop",
    )
    assert content.startswith(f"{answer['claims'][0]['text']} [1]")
    cited = [citation for claim in answer["claims"] for citation in claim["citations"]]
    told = [each.model_extra or {} for each in choice.message.annotations or ()]
    assert [each["citation"] for each in told] == cited
    assert {(each["support"], each["score"]) for each in told} == {("verbatim", 1.0)}
    for annotation, citation in zip(choice.message.annotations or (), cited, strict=True):
        place = annotation.url_citation
        assert re.fullmatch(r"\[\d+\]", content[place.start_index : place.end_index])
        assert place.title == citation["document"]["title"]
        path = f"/d/{citation['document']['id']}#s{citation['sentence']}"
        assert place.url == str(client.base_url).rstrip("/") + path
        assert f"“{' '.join(citation['quote'].split())}”" in content
    assert completion.usage is not None
    assert completion.usage.total_tokens == 0


def test_a_stream_makes_up_the_same_message(official: openai.OpenAI) -> None:
    whole = official.chat.completions.create(**asked()).choices[0].message
    chunks = list(
        official.chat.completions.create(**asked(), stream=True, stream_options={"include_usage": True})
    )
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    *told, last = chunks
    deltas = [chunk.choices[0].delta for chunk in told]
    assert deltas[0].role == "assistant"
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    annotations = [each for delta in deltas for each in (delta.model_extra or {}).get("annotations", ())]
    assert annotations == [each.model_dump() for each in whole.annotations or ()]
    assert [chunk.choices[0].finish_reason for chunk in told][-2:] == [None, "stop"]
    assert (last.choices, last.usage and last.usage.total_tokens) == ([], 0)


def test_a_stream_ends_with_done(client: httpx.Client) -> None:
    response = client.post(PATH, json=asked(stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    assert response.text.endswith("data: [DONE]\n\n")
    first = json.loads(response.text.split("\n\n")[0].removeprefix("data: "))
    assert first["choices"] == [
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "logprobs": None, "finish_reason": None}
    ]


def test_langchain_asks_and_streams(client: httpx.Client) -> None:
    model = ChatOpenAI(model="pincite", base_url=f"{client.base_url}/v1", api_key="none", max_retries=0)
    reply = model.invoke([SystemMessage("Be brief."), HumanMessage(QUESTION)])
    assert "[1]" in reply.text
    assert "".join(chunk.text for chunk in model.stream(QUESTION)) == reply.text
    earlier = [HumanMessage("Who signed in Tokyo?"), AIMessage(reply.text)]
    again = model.invoke([*earlier, HumanMessage(QUESTION)])
    assert again.text == reply.text


def test_an_abstention_is_ordinary_text(official: openai.OpenAI) -> None:
    choice = official.chat.completions.create(**asked(UNKNOWN)).choices[0]
    assert (choice.message.content or "").startswith("No answer: ")
    assert (choice.finish_reason, choice.message.refusal, choice.message.annotations) == ("stop", None, [])


def test_what_means_nothing_here_is_ignored(client: httpx.Client) -> None:
    plain = client.post(PATH, json=asked()).json()
    parts = [{"type": "text", "text": QUESTION}]
    messages = [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": parts}]
    body = {"model": "pincite", "messages": messages, "temperature": 0.3, "user": "x", "new": {}, "n": 1}
    laden = client.post(PATH, json={**body, "tools": [], "response_format": {"type": "text"}}).json()
    assert laden["choices"] == plain["choices"]


def test_earlier_messages_are_taken_in_without_their_footnotes(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = client.post(PATH, json=asked("Who signed in Tokyo?")).json()["choices"][0]["message"]["content"]
    messages = [
        {"role": "user", "content": "Who signed in Tokyo?"},
        {"role": "assistant", "content": said},
        {"role": "user", "content": "When did they?"},
    ]
    drafted: list[str] = []

    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        drafted.append(question)
        return proposed()

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    monkeypatch.setattr("qa.assistant._confidence", lambda evidence: 1.0)
    client.post(PATH, json={"model": "pincite", "messages": messages})
    answer = client.post("/v1/chat", json={"question": "Who signed in Tokyo?"}).json()["answer"]
    earlier = [messages[0], {"role": "assistant", "content": answer}, messages[2]]
    client.post("/v1/chat", json={"messages": earlier})
    assert drafted[0] != "When did they?"
    assert drafted[0] == drafted[-1]


@pytest.mark.parametrize(
    ("more", "param", "told"),
    [
        ({"n": 2}, "n", "one answer"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools", "tools"),
        ({"functions": [{"name": "f"}]}, "functions", "tools"),
        ({"response_format": {"type": "json_object"}}, "response_format", "/v1/chat"),
        ({"modalities": ["audio"]}, "modalities", "text"),
        ({"messages": []}, "messages", "at least 1"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, None, "the user's"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role", "user"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]},
            "messages.0.content",
            "images",
        ),
        ({"messages": [{"role": "user", "content": "  "}]}, None, "empty"),
    ],
)
def test_what_cannot_be_done_is_refused_in_openais_form(
    client: httpx.Client, official: openai.OpenAI, more: dict, param: str | None, told: str
) -> None:
    body = {**asked(), **more}
    for stream in (False, True):
        response = client.post(PATH, json={**body, "stream": stream})
        assert response.status_code == 400
        error = response.json()["error"]
        assert error["type"] == "invalid_request_error"
        assert error["param"] == param
        assert told in error["message"]
    with pytest.raises(openai.BadRequestError, match=told):
        official.post(PATH.removeprefix("/v1"), body=body, cast_to=object)


def test_there_is_one_model(official: openai.OpenAI, client: httpx.Client) -> None:
    assert [model.id for model in official.models.list()] == ["pincite"]
    assert official.models.retrieve("pincite").owned_by == "pincite"
    for attempt in (
        lambda: official.models.retrieve("gpt-5"),
        lambda: official.chat.completions.create(**{**asked(), "model": "gpt-5"}),
    ):
        with pytest.raises(openai.NotFoundError, match="ask for 'pincite'") as caught:
            attempt()
        assert caught.value.code == "model_not_found"


def test_what_fails_before_or_amid_a_stream_is_an_error_of_the_client(
    official: openai.OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        raise IndexBusy("no luck")

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    with pytest.raises(openai.InternalServerError, match="the index is being written") as caught:
        official.chat.completions.create(**asked())
    assert caught.value.code == "index_busy"
    with pytest.raises(openai.APIError, match="the index is being written"):
        list(official.chat.completions.create(**asked(), stream=True))


def test_who_is_kept_out_is_told_so_in_the_same_form(own_index: Path) -> None:
    key = KeyRing(KeyFile(own_index)).create("ann", "read")
    with serving(own_index, requests_per_minute=2) as client:
        base = f"{client.base_url}/v1"
        with openai.OpenAI(base_url=base, api_key="wrong", max_retries=0) as stranger:
            with pytest.raises(openai.AuthenticationError, match="no API key of this server") as unknown:
                stranger.models.list()
            assert unknown.value.type == "authentication_error"
            assert unknown.value.response.headers["www-authenticate"].startswith("Bearer")
        with openai.OpenAI(base_url=base, api_key=key, max_retries=0) as ann:
            elsewhere = {"Origin": "https://evil.example"}
            with pytest.raises(openai.PermissionDeniedError, match="another page") as denied:
                ann.chat.completions.create(**asked(), extra_headers=elsewhere)
            assert denied.value.type == "permission_error"
            assert "[1]" in (ann.chat.completions.create(**asked()).choices[0].message.content or "")
            ann.models.list()
            with pytest.raises(openai.RateLimitError, match="in a minute") as often:
                ann.models.list()
            assert often.value.type == "rate_limit_error"
            assert 1 <= int(often.value.response.headers["retry-after"]) <= 30


def test_what_is_too_much_at_once_is_refused_in_the_same_form(
    corpus_index: Path, slow: tuple[threading.Event, threading.Event]
) -> None:
    at_hand, may_go = slow
    told: list[int] = []
    with serving(corpus_index, max_running=1, max_waiting=0) as client:
        first = ask_apart(client, told)
        at_hand.wait(60)
        refused = client.post(PATH, json=asked())
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["error"]["type"] == "rate_limit_error"
        may_go.set()
        first.join()
    assert told == [200]


def test_guards_and_missing_indexes_speak_the_same_form(tmp_path: Path) -> None:
    with serving(tmp_path / "index", max_body_kb=1) as client:
        missing = client.post(PATH, json=asked())
        assert missing.status_code == 503
        assert missing.json()["error"]["code"] == "index_missing"
        large = client.post(PATH, json=asked("x" * 2000))
        assert large.status_code == 413
        assert "1,000 bytes" in large.json()["error"]["message"]
        unannounced = client.post(PATH, content=iter([json.dumps(asked("x" * 2000)).encode()]))
        assert unannounced.status_code == 413
        assert "1,000 bytes" in unannounced.json()["error"]["message"]
        strange = client.get("/v1/models", headers={"host": "evil.example"})
        assert strange.status_code == 421
        assert strange.json()["error"]["type"] == "invalid_request_error"
        assert client.get(PATH).json()["error"]["type"] == "invalid_request_error"
