"""The local model's server with a model that only spells: the protocol, one at a time, and who is let in."""

from collections.abc import Iterator, Sequence

import httpx
import openai
import pytest
import uvicorn

pytest.importorskip("llguidance", reason="of the extra `local-llm`")

from api.local_model.app import create_local_app
from api.local_model.generating import BadSchema, Piece
from tests.servers import running

ASKED = [{"role": "user", "content": "Spell it."}]


class SpellingChat:
    """Spells a word without end, letter by letter, up to the room there is."""

    context = 64

    def encode(self, messages: Sequence[tuple[str, str]]) -> list[int]:
        return [ord(char) for _, content in messages for char in content]

    def generate(self, tokens: list[int], most: int, schema: object = None) -> Iterator[Piece]:
        if schema == {"type": "strange"}:
            raise BadSchema("no such type")
        return self._pieces(most)

    def _pieces(self, most: int) -> Iterator[Piece]:
        for number in range(most):
            yield Piece("word "[number % 5])
        yield Piece(finish="length")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = create_local_app(SpellingChat(), "speller")  # type: ignore[arg-type] # as much of it as is used
    with running(uvicorn.Config(app, log_config=None, http="h11", ws="none")) as address:
        yield f"{address}/v1"


@pytest.fixture
def client(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=url, api_key="none is needed", max_retries=0, timeout=60) as client:
        yield client


def test_whole_and_streamed_say_the_same_and_count_the_same(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model="speller", messages=ASKED, max_tokens=7)
    chunks = list(
        client.chat.completions.create(
            model="speller",
            messages=ASKED,
            max_completion_tokens=7,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    choice = whole.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("word wo", "length")
    told = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert "".join(each.delta.content or "" for each in told) == "word wo"
    assert told[-1].finish_reason == "length"
    assert chunks[-1].usage == whole.usage
    assert [model.id for model in client.models.list()] == ["speller"]


def test_whoever_goes_away_leaves_the_turn_to_the_next(client: openai.OpenAI) -> None:
    for _ in range(3):
        stream = client.chat.completions.create(model="speller", messages=ASKED, stream=True)
        next(stream)
        stream.close()
    assert client.chat.completions.create(model="speller", messages=ASKED, max_tokens=4).choices


def test_what_does_not_fit_and_what_is_no_schema_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="speller", messages=[{"role": "user", "content": "x" * 64}])
    assert caught.value.code == "context_length_exceeded"
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "strange"}}}
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="speller", messages=ASKED, response_format=form)
    assert caught.value.code == "invalid_json_schema"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="speller", messages=[])


@pytest.mark.parametrize(
    ("headers", "status"), [({"Host": "evil.example"}, 421), ({"Origin": "https://evil.example"}, 403)]
)
def test_other_hosts_and_pages_are_refused(url: str, headers: dict[str, str], status: int) -> None:
    body = {"model": "speller", "messages": ASKED}
    assert httpx.post(f"{url}/chat/completions", json=body, headers=headers).status_code == status
