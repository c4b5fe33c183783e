"""The vector half of the index: the protocol that its adapter and the tests' stand-in keep to."""

from collections.abc import Sequence
from typing import Protocol

from ingest.embedding import Vectors
from ingest.store import PassageKey, Pending


class VectorIndex(Protocol):
    """Finds the nearest passages; holds what it is given until told to forget it."""

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """Stores vectors of shape `(len(keys), dimensions)`, replacing those of the same keys."""

    def forget(self, pending: Sequence[Pending]) -> None:
        """Deletes all vectors of these texts; those that are not there are no error."""

    def finish(self) -> None:
        """Told that an ingest is over: does what was put off while it wrote."""

    def nearest(
        self, vector: Vectors, limit: int, contents: Sequence[int] | None, generation: int
    ) -> list[tuple[PassageKey, float]]:
        """Passages by falling cosine similarity to a unit vector.

        Args:
            vector: shape `(dimensions,)`.
            limit: how many at most.
            contents: keys to which the search is confined; None for all.
            generation: of the snapshot being read: the index shows at least what was live then.
        """

    def count(self) -> int:
        """How many vectors are held."""

    def clear(self) -> None:
        """Deletes all vectors."""
