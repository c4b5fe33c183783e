"""A chat model as LangChain opens it, asked in one way; what any provider raises becomes one of our errors.

The only file of answering that knows LangChain's models.
"""

import re
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any

from langchain.chat_models import init_chat_model
from langchain_core.exceptions import ContextOverflowError, ModelError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.runnables import Runnable, RunnableSequence

from qa.errors import (
    EvidenceTooLong,
    GeneratorBusy,
    GeneratorFailed,
    GeneratorUnavailable,
    SchemaRefused,
)
from qa.prompts import Message, Schema
from qa.settings import EXTRACTIVE, GenerationSettings

CHARACTERS_A_TOKEN = 16  # a reply longer than this many times its tokens is not read on
NO_KEY = "none"  # servers of one's own ask for none, OpenAI's client does
# OpenAI's client raises this, in place of an end, where a reply in JSON has used up its tokens: asking again
# would end likewise, and what has come is read as far as it is whole.
FULL = "LengthFinishReasonError"
EXTRAS = {  # by provider as LangChain names it
    "anthropic": "anthropic",
    "google_genai": "google",
    "mistralai": "mistral",
    "ollama": "ollama",
    "openai": "openai",
}
_BAD_REQUEST = (400, 404, 415, 422)
# How servers without a code of their own for it say that a request is longer than the model's context.
_TOO_LONG = re.compile(r"context[ _](?:length|size|window)|maximum context|too many tokens", re.IGNORECASE)


@dataclass(slots=True)
class Count:
    """Tokens as the provider counted them over several requests; None until it does."""

    requests: int = 0
    input: int | None = None
    output: int | None = None

    def add(self, sent: int, received: int) -> None:
        """Counts one request's."""
        self.input = (self.input or 0) + sent
        self.output = (self.output or 0) + received


class ChatModel:
    """Asks a chat model for a reply, piece by piece.

    Args:
        settings: which model, and how long it may take.

    Raises:
        GeneratorUnavailable: if its package or its key is missing.
    """

    def __init__(self, settings: GenerationSettings) -> None:
        self._settings = settings
        self._model = _open_chat_model(settings)
        self.takes_schema = settings.form != "plain"

    @property
    def name(self) -> str:
        """The model, and the server it runs on if one is set."""
        server = f"@{self._settings.base_url}" if self._settings.base_url else ""
        return f"{self._settings.model}{server}"

    def stream(
        self, messages: Sequence[Message], schema: Schema | None, deadline: float, count: Count
    ) -> Generator[str, None, None]:
        """The text of the reply in pieces, whether it comes as text or as a call of a tool.

        Args:
            messages: what is said.
            schema: what the provider is asked to hold the reply to.
            deadline: time of the monotonic clock after which the reply is no longer waited for.
            count: what the request adds to.

        Raises:
            GeneratorFailed: in the subclass that says what may help.
        """
        count.requests += 1
        length = 0
        try:
            with closing(self._bound(schema).stream(list(messages))) as chunks:  # type: ignore[type-var] # a generator
                for chunk in chunks:
                    piece = _text_of(chunk, count)
                    length += len(piece)
                    yield piece
                    self._check(length, deadline)
        except GeneratorFailed:
            raise
        except Exception as error:  # every provider's package raises what it likes
            if type(error).__name__ != FULL:
                raise _translated(error, schema) from error

    def _bound(self, schema: Schema | None) -> Runnable[Any, Any]:
        """The model, told to keep to the schema; its reply is read by us, as it comes."""
        if schema is None:
            return self._model
        strict = {"strict": True} if _provider(self._settings) in ("openai", "azure_openai") else {}
        chain = self._model.with_structured_output(schema, **strict)
        if not isinstance(chain, RunnableSequence):
            raise SchemaRefused(f"{self.name} takes no schema")
        return chain.first

    def _check(self, length: int, deadline: float) -> None:
        if length > self._settings.max_tokens * CHARACTERS_A_TOKEN:
            raise GeneratorFailed(f"the chat model wrote more than {self._settings.max_tokens} tokens")
        if time.monotonic() > deadline:
            raise GeneratorFailed(
                f"the chat model took longer than {self._settings.deadline_seconds:g} seconds"
            )


def _open_chat_model(settings: GenerationSettings) -> BaseChatModel:
    """The model that the settings name.

    Raises:
        GeneratorUnavailable: if its package or its key is missing.
    """
    given: dict[str, object] = {"temperature": 0, **_bounds(settings)}
    if settings.base_url:
        given |= {"base_url": settings.base_url, "model_provider": "openai", "stream_usage": True}
    key = _key_in(settings)
    try:
        return init_chat_model(settings.model, **given, **key)  # type: ignore[call-overload,no-any-return]
    except ImportError as error:
        raise GeneratorUnavailable(
            f"chat model {settings.model!r} needs a package: {_remedy(_provider(settings))}"
        ) from error
    except Exception as error:  # every provider's package raises what it likes
        raise GeneratorUnavailable(
            f"chat model {settings.model!r} cannot be opened ({type(error).__name__}): see that it is named"
            " as LangChain does, provider:model, and that its key is set, in the provider's environment"
            f" variable or in generation.key_file; PINCITE_GENERATION_MODEL={EXTRACTIVE} answers without one"
        ) from error


def _bounds(settings: GenerationSettings) -> dict[str, object]:
    """What keeps a reply short and its silences too, in the words of the provider's package."""
    if _provider(settings) == "ollama":  # it knows none of the usual names, and passes them over in silence
        return {"num_predict": settings.max_tokens, "client_kwargs": {"timeout": settings.silence_seconds}}
    # Mistral's counts whole seconds.
    whole = _provider(settings) == "mistralai"
    return {
        "timeout": ceil(settings.silence_seconds) if whole else settings.silence_seconds,
        "max_retries": 0,  # tries are counted in one place, with a deadline
        "max_tokens": settings.max_tokens,
    }


def _remedy(provider: str) -> str:
    """Such as `pip install 'pincite[openai]', or …`."""
    extra = EXTRAS.get(provider)
    package = f"'pincite[{extra}]'" if extra else f"langchain-{provider.replace('_', '-')}"
    return f"pip install {package}, or answer without one: PINCITE_GENERATION_MODEL={EXTRACTIVE}"


def _provider(settings: GenerationSettings) -> str:
    if settings.base_url:
        return "openai"
    return settings.model.partition(":")[0]


def _key_in(settings: GenerationSettings) -> dict[str, str]:
    """The key as an argument; none leaves it to the provider's variable, which is not sent to `base_url`.

    Raises:
        GeneratorUnavailable: if the file cannot be read.
    """
    if settings.key_file is None:
        return {"api_key": NO_KEY} if settings.base_url else {}
    try:
        return {"api_key": settings.key_file.read_text(encoding="utf-8").strip()}
    except (OSError, UnicodeDecodeError) as error:
        raise GeneratorUnavailable(
            f"generation.key_file {settings.key_file} cannot be read: give a file that holds the key alone"
        ) from error


def _text_of(chunk: object, count: Count) -> str:
    """What a chunk adds to the reply.

    Raises:
        GeneratorFailed: if the model refuses to answer.
    """
    if not isinstance(chunk, AIMessageChunk):
        return str(getattr(chunk, "content", ""))
    if chunk.usage_metadata:
        count.add(chunk.usage_metadata["input_tokens"], chunk.usage_metadata["output_tokens"])
    if chunk.additional_kwargs.get("refusal"):
        raise GeneratorFailed("the chat model refused to answer")
    return chunk.text + "".join(call["args"] or "" for call in chunk.tool_call_chunks)


def _translated(error: Exception, schema: Schema | None) -> GeneratorFailed:
    """What a provider raised, as one of our errors; its words, which may hold a key, are not repeated."""
    status = _status_of(error)
    told = f"{type(error).__name__}, HTTP {status}" if status else type(error).__name__
    if isinstance(error, ContextOverflowError) or _TOO_LONG.search(str(error)):
        return EvidenceTooLong(f"the chat model was sent more than it can take ({told})")
    if schema is not None and (status in _BAD_REQUEST or isinstance(error, NotImplementedError)):
        return SchemaRefused(f"the chat model's provider does not take a schema ({told})")
    if _may_pass(error, status):
        return GeneratorBusy(f"the chat model did not answer ({told})", _wait(error))
    return GeneratorFailed(f"the chat model did not answer ({told})")


def _status_of(error: Exception) -> object:
    """The HTTP status of the reply that an error is about, if there was one."""
    response = getattr(error, "response", None)
    return getattr(error, "status_code", None) or getattr(response, "status_code", None)


def _may_pass(error: Exception, status: object) -> bool:
    if isinstance(error, ModelError):
        return error.is_retryable
    if isinstance(status, int):
        return status in (408, 409, 429) or status >= 500
    return True  # a connection that broke, a stream that was cut


def _wait(error: Exception) -> float | None:
    """Seconds that the provider asks to wait (RFC 9110, 10.2.3)."""
    headers = getattr(getattr(error, "response", None), "headers", None)
    value = headers.get("retry-after") if headers is not None else None
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
