"""The vector half of the index: the protocol that its adapter and the tests' stand-in keep to."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ingest.embedding import Vectors
from ingest.errors import MEND, IndexCorrupt
from ingest.store import PassageKey, Pending


class VectorIndex(Protocol):
    """Finds the nearest passages; holds what it is given until told to forget it.

    Reading makes nothing: where nothing was ever stored there is nothing, and it is nobody's.
    """

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """Stores vectors of shape `(len(keys), dimensions)`, replacing those of the same keys."""

    def forget(self, pending: Sequence[Pending]) -> None:
        """Deletes all vectors of these texts; those that are not there are no error."""

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

    def claim(self, owner: str) -> None:
        """Notes the id of the index whose vectors these are from now on."""

    def is_of(self, owner: str) -> bool:
        """Whether these are the vectors of the index of that id."""

    def keys(self) -> tuple[PassageKey, ...]:
        """Keys of all vectors held, in no particular order."""

    def vectors_of(self, keys: Sequence[PassageKey]) -> Mapping[PassageKey, Vectors]:
        """Vectors of shape `(dimensions,)` of those among `keys` that are held."""


def check_owner(vectors: VectorIndex, index: str) -> None:
    """Makes sure that vectors are those of an index.

    Raises:
        IndexCorrupt: if they are of another, or gone.
    """
    if not vectors.is_of(index):
        raise IndexCorrupt(f"the vectors are gone, or those of another index: {MEND}")
