"""Turning text into vectors: the protocol; one adapter per vendor stands beside it."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Maps text to unit vectors; the same text gives the same vector, whatever it is batched with."""

    @property
    def name(self) -> str:
        """The model as the settings name it."""

    @property
    def fingerprint(self) -> str:
        """Names model, weights' digest and route; vectors of different fingerprints do not mix."""

    @property
    def dimensions(self) -> int:
        """Length of every vector."""

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read, special tokens not counted."""

    def prepare(self) -> None:
        """Loads ahead what the first use would load, where that takes no network and no vendor's package."""

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Number of tokens of each text, special tokens not counted, nothing cut off."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape `(len(texts), dimensions)`, in the order given."""

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of shape `(dimensions,)`."""
