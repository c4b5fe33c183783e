"""Embedding with ONNX Runtime: the carried models, without torch."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ingest.embedding import Vectors
from ingest.embedding.export import ROUTE, exported_graph
from ingest.embedding.sessions import Output, TokenGraph
from ingest.embedding.weights import CarriedModel, read_checked

SPECIAL_TOKENS = 2  # [CLS] and [SEP]


class OnnxEmbedder:
    """Embeds with a carried model; constructing it reads nothing.

    Args:
        model: its place in the carrier table.
        cache: folder inside the index for the graph, if it has to be made from safetensors first.
    """

    def __init__(self, model: CarriedModel, cache: Path) -> None:
        self._model = model
        self._ready = model.weights.path.endswith(".onnx")
        read_graph = (
            partial(read_checked, model, model.weights)
            if self._ready
            else partial(exported_graph, model, cache)
        )
        self._graph = TokenGraph(
            read_graph, partial(read_checked, model, model.tokenizer), full_range=model.full_range
        )

    @property
    def name(self) -> str:
        """The model's short name."""
        return self._model.name

    @property
    def fingerprint(self) -> str:
        """Such as `all-MiniLM-L6-v2@53aa51172d/onnx-int8-v1`; the weights pin tokenizer and config."""
        return f"{self._model.name}@{self._model.digest}/{'onnx-carried-v1' if self._ready else ROUTE}"

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return self._model.dimensions

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read, special tokens not counted."""
        return self._model.max_tokens - SPECIAL_TOKENS

    def prepare(self) -> None:
        """Reads the weights now.

        Raises:
            ModelUnavailable: if they are missing, altered, or cannot be loaded.
        """
        self._graph.open()

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Number of tokens of each text, special tokens not counted, nothing cut off."""
        return tuple(len(ids) for ids in self._graph.tokenize(texts))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape `(len(texts), dimensions)`, in the order given.

        Raises:
            ModelUnavailable: if the weights are missing, altered, or cannot be loaded.
        """
        tokens = self._graph.tokenize(texts)
        inputs = [self._graph.single(ids[: self.max_tokens]) for ids in tokens]
        vectors = self._graph.run(inputs, self._pooled)
        return np.array(vectors, dtype=np.float32).reshape(len(texts), self.dimensions)

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of shape `(dimensions,)`.

        Raises:
            ModelUnavailable: if the weights are missing, altered, or cannot be loaded.
        """
        vector: Vectors = self.embed_passages([self._model.query_prefix + text])[0]
        return vector

    def _pooled(self, output: Output) -> Vectors:
        """Unit vector of token vectors of shape `(1, tokens, dimensions)`."""
        pooled = output[0].mean(axis=0) if self._model.pooling == "mean" else output[0, 0]
        vector: Vectors = pooled / np.linalg.norm(pooled)
        return vector
