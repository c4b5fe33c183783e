"""Anthropic's, Google's, Mistral's and Ollama's own clients, against servers that speak their protocols.

Run by `make test-services`, which installs the extras; without one, its provider is left out.
"""

import time
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from qa.chat_model import ChatModel, Count
from qa.drafts import Evidence
from qa.errors import GeneratorBusy, GeneratorFailed
from qa.prompts import draft_messages, draft_schema
from qa.settings import GenerationSettings
from tests.examples import evidence
from tests.services.scripted_providers import RECEIVED, RETRY_AFTER, SAID, Providers, scripted_providers

MODELS = {
    "anthropic:claude-haiku-4-5": "langchain_anthropic",
    "google_genai:gemini-2.5-flash": "langchain_google_genai",
    "mistralai:mistral-small-latest": "langchain_mistralai",
    "ollama:llama3.2": "langchain_ollama",
}
PATIENCE = 30.0
SHOWN = evidence(("Japan pledged $550 billion.", 1.0))


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> str:
    if find_spec(MODELS[request.param]) is None:
        pytest.skip(f"{MODELS[request.param]} is not installed: `make test-services` installs it")
    return str(request.param)


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Providers]:
    with scripted_providers() as served:
        for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_URL", "OLLAMA_HOST", "GOOGLE_GEMINI_BASE_URL"):
            monkeypatch.setenv(name, served.url)
        monkeypatch.setenv("MISTRAL_BASE_URL", f"{served.url}/v1")
        for name in ("ANTHROPIC_API_KEY", "MISTRAL_API_KEY", "GOOGLE_API_KEY"):
            monkeypatch.setenv(name, "secret-key")
        yield served


def asked(
    model: str, shown: Evidence = SHOWN, *, in_json: bool, silence: float = PATIENCE
) -> tuple[str, Count]:
    """What a model replies to a request for a draft, and what it counted."""
    chat = ChatModel(GenerationSettings(model=model, silence_seconds=silence, max_tokens=99))
    count = Count()
    messages = draft_messages("How much?", shown, 3, in_json)
    schema = draft_schema(shown, 3) if in_json else None
    pieces = list(chat.stream(messages, schema, time.monotonic() + PATIENCE, count))
    return "".join(pieces), count


@pytest.mark.parametrize("in_json", [True, False])
def test_a_reply_arrives_whole_and_is_counted(model: str, providers: Providers, in_json: bool) -> None:
    reply, count = asked(model, in_json=in_json)
    assert reply == SAID
    assert (count.requests, count.output) == (1, RECEIVED)
    ((_, body),) = providers.asked
    assert "Japan pledged" in str(body)
    assert "99" in str(body)  # tokens of a reply at most, by whatever name
    assert ("'enum': ['S1']" in str(body)) == in_json


@pytest.mark.parametrize("status", [401, 403])
def test_who_is_not_let_in_is_told_so_once_and_keys_are_not_repeated(
    model: str, providers: Providers, status: int
) -> None:
    providers.status = status
    with pytest.raises(GeneratorFailed, match="did not answer") as caught:
        asked(model, in_json=False)
    assert not isinstance(caught.value, GeneratorBusy)
    assert "secret-key" not in str(caught.value)
    assert len(providers.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_said_to_and_not_tried_again_behind_our_back(
    model: str, providers: Providers, status: int
) -> None:
    providers.status = status
    with pytest.raises(GeneratorBusy) as caught:
        asked(model, in_json=False)
    assert len(providers.asked) == 1
    assert caught.value.wait in (None, RETRY_AFTER)  # Google's and Ollama's clients do not pass it on


def test_who_says_nothing_has_failed_after_a_while(model: str, providers: Providers) -> None:
    providers.hangs = True
    with pytest.raises(GeneratorBusy):
        asked(model, in_json=False, silence=0.5)
