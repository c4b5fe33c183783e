"""The scripted model is what it says: OpenAI's and LangChain's own clients read it like a real one."""

import json
from collections.abc import Callable
from threading import Event

import httpx
import openai
import pytest
from langchain.chat_models import init_chat_model

from tests.scripted_model import (
    Hang,
    Raw,
    ScriptedModel,
    Text,
    calls_tool,
    failure,
    overlong,
    plain,
    rate_limited,
    refuses,
    scripted_model,
    structured,
    web_page,
)

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Who?"}]
SAID = "Köln pledged 550 € 🏯. [S1, S4]"


def client(model: ScriptedModel, timeout: float = 30) -> openai.OpenAI:
    return openai.OpenAI(base_url=model.url, api_key="secret", max_retries=0, timeout=timeout)


def say(model: ScriptedModel, **more: object) -> openai.types.chat.ChatCompletion:
    with client(model) as asking:
        return asking.chat.completions.create(model="m", messages=ASKED, **more)


def streamed(model: ScriptedModel) -> list[str]:
    with client(model) as asking:
        chunks = asking.chat.completions.create(model="m", messages=ASKED, stream=True)
        return [chunk.choices[0].delta.content or "" for chunk in chunks]


def test_the_script_is_played_in_order_and_its_last_reply_again() -> None:
    with scripted_model(Text("one"), Text("two")) as model:
        assert [say(model).choices[0].message.content for _ in range(3)] == ["one", "two", "two"]


def test_a_function_is_asked_with_the_request() -> None:
    with scripted_model(lambda request: Text(request.user.upper() + request.system)) as model:
        assert say(model).choices[0].message.content == "WHO?Be brief."


def test_requests_are_kept_with_headers_and_schema() -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "d", "schema": {"type": "object"}}}
    with scripted_model(Text("{}")) as model:
        say(model, response_format=schema)
        say(model)
    assert [request.schema for request in model.requests] == [{"type": "object"}, None]
    assert model.requests[0].headers["authorization"] == "Bearer secret"
    assert model.requests[0].body["messages"] == ASKED


@pytest.mark.parametrize("size", [None, 1, 3, 7])
def test_a_stream_is_whole_however_its_bytes_are_cut(size: int | None) -> None:
    with scripted_model(Text(SAID, bytes_at_once=size)) as model:
        assert "".join(streamed(model)) == SAID


def test_pieces_may_cut_a_handle() -> None:
    with scripted_model(Text("It rained. [S12]", pieces=("It rained. [S", "1", "2]"))) as model:
        assert [piece for piece in streamed(model) if piece] == ["It rained. [S", "1", "2]"]


def test_langchain_reads_both_ways_and_the_usage() -> None:
    with scripted_model(Text(SAID)) as model:
        chat = init_chat_model("openai:m", base_url=model.url, api_key="k", stream_usage=True)
        assert chat.invoke("Who?").content == SAID
        chunks = list(chat.stream("Who?"))
    assert "".join(str(chunk.content) for chunk in chunks) == SAID
    assert any(chunk.usage_metadata for chunk in chunks)


def test_statements_come_as_json_or_one_a_line() -> None:
    said = ("Köln pledged.", ["S1", "S4"]), ("It rained.", [])
    assert plain(*said).content == "Köln pledged. [S1, S4]\nIt rained. []"
    assert structured(*said).content == (
        '{"statements": [{"text": "Köln pledged.", "handles": ["S1", "S4"]},'
        ' {"text": "It rained.", "handles": []}]}'
    )


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (rate_limited(after=2), openai.RateLimitError),
        (overlong(), openai.BadRequestError),
        (failure(500), openai.InternalServerError),
        (failure(503), openai.InternalServerError),
        (failure(401), openai.AuthenticationError),
        (web_page(502), openai.InternalServerError),
    ],
)
def test_failures_are_those_of_the_protocol(reply: Raw, error: type[openai.APIStatusError]) -> None:
    with scripted_model(reply) as model, pytest.raises(error) as caught:
        say(model)
    if error is openai.RateLimitError:
        assert caught.value.response.headers["retry-after"] == "2"
    if reply == overlong():
        assert caught.value.code == "context_length_exceeded"


@pytest.mark.parametrize("ask", [say, streamed])
def test_a_hanging_model_says_nothing(ask: Callable[[ScriptedModel], object]) -> None:
    with scripted_model(Hang()) as model, pytest.raises(openai.APITimeoutError), client(model, 0.2) as asking:
        asking.chat.completions.create(model="m", messages=ASKED, stream=ask is streamed)


@pytest.mark.parametrize("ask", [say, streamed])
def test_a_reply_that_is_cut_off_is_told_from_one_that_ends(ask: Callable[[ScriptedModel], object]) -> None:
    with (
        scripted_model(Text(SAID, cut=3)) as model,
        pytest.raises((httpx.RemoteProtocolError, openai.APIConnectionError)),
    ):
        ask(model)


def test_a_refusal_and_a_tool_call_have_no_content() -> None:
    with scripted_model(refuses("No."), calls_tool("mail", "{}")) as model:
        refused, called = say(model).choices[0], say(model).choices[0]
        assert "".join(streamed(model)) == ""
    assert (refused.message.content, refused.message.refusal) == (None, "No.")
    assert (called.message.content, called.finish_reason) == (None, "tool_calls")
    assert called.message.tool_calls[0].function.name == "mail"


def test_a_reply_may_be_no_json_at_all() -> None:
    # OpenAI's client lets this one through as it is
    with scripted_model(Raw(b'{"choices": [')) as model, pytest.raises(json.JSONDecodeError):
        say(model)


def test_a_gate_holds_a_stream_until_it_may_go_on_or_nobody_listens() -> None:
    gate = Event()
    with scripted_model(Text("one two", pieces=("one", "two"), gate=gate)) as model:
        with client(model) as asking:
            chunks = asking.chat.completions.create(model="m", messages=ASKED, stream=True)
            heard = next(chunk for chunk in chunks if chunk.choices[0].delta.content)
            assert heard.choices[0].delta.content == "one"
            chunks.close()
        assert model.hung_up.wait(10)
        gate.set()
        assert "".join(streamed(model)) == "onetwo"


def test_output_without_end_is_streamed_as_well() -> None:
    with scripted_model(Text(pieces=("x" * 65536,) * 32, finish="length")) as model:
        assert len("".join(streamed(model))) == 65536 * 32
