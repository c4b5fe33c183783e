"""Embedding with any provider LangChain knows, named `provider:model`."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from ingest.embedding import Vectors
from ingest.errors import ModelUnavailable

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

T = TypeVar("T")

BYTES_PER_TOKEN = 4  # of English, roughly; scripts beyond ASCII take more bytes and more tokens
READ_TOKENS = 512  # the shortest window among the usual providers' models


class LangChainEmbedder:
    """Embeds with a provider's service; the provider's own package must be installed.

    Providers do not tell how they tokenise, so tokens are estimated from UTF-8 bytes. Nor do they promise
    that batch mates leave a vector alone; texts go out in one request, and its vectors are kept as they come.

    Args:
        model: such as `openai:text-embedding-3-small` or `ollama:nomic-embed-text`.
    """

    def __init__(self, model: str) -> None:
        self._name = model

    @property
    def name(self) -> str:
        """`provider:model`."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """Such as `openai:text-embedding-3-small/langchain-v1`: a service has no weights to digest."""
        return f"{self._name}/langchain-v1"

    @cached_property
    def dimensions(self) -> int:
        """Length of every vector; asks the service once.

        Raises:
            ModelUnavailable: if the service cannot be reached.
        """
        return int(self.embed_query("length").size)

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are sent, as estimated."""
        return READ_TOKENS

    def prepare(self) -> None:
        """Nothing: the model is opened at first use."""

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Estimated number of tokens of each text, nothing cut off."""
        return tuple(-(-len(text.encode()) // BYTES_PER_TOKEN) for text in texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape `(len(texts), dimensions)`, in the order given.

        Raises:
            ModelUnavailable: if the provider's package is missing or its service fails.
        """
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        sent = [_sendable(text) for text in texts]
        return _units(self._asked(lambda: self._model.embed_documents(sent)))

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of shape `(dimensions,)`.

        Raises:
            ModelUnavailable: if the provider's package is missing or its service fails.
        """
        vector: Vectors = _units([self._asked(lambda: self._model.embed_query(_sendable(text)))])[0]
        return vector

    @cached_property
    def _model(self) -> "Embeddings":
        from langchain.embeddings import init_embeddings

        # otherwise langchain-openai downloads OpenAI's vocabulary, to cut texts that are cut already,
        # and sends token ids, which servers that merely speak OpenAI's protocol refuse
        if self._name.startswith("openai:"):
            return init_embeddings(self._name, check_embedding_ctx_length=False)
        return init_embeddings(self._name)

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except ImportError as error:
            raise ModelUnavailable(f"{self._name}: {error}") from error  # names the package to install
        except Exception as error:  # the providers' exceptions share no other base
            raise ModelUnavailable(f"{self._name} cannot embed: {type(error).__name__}: {error}") from error


def _sendable(text: str) -> str:
    """`text` cut to the window; a blank for the empty text, which services refuse."""
    return text.encode()[: READ_TOKENS * BYTES_PER_TOKEN].decode(errors="ignore") or " "


def _units(rows: Sequence[Sequence[float]]) -> Vectors:
    """Rows brought to length 1; a zero row, which has no direction, stays."""
    vectors = np.asarray(rows, dtype=np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
