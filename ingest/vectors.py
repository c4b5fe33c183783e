"""The vector half of the index: the protocol that its adapter and the tests' stand-in keep to."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol

from ingest.embedding import Vectors
from ingest.errors import MEND, IndexCorrupt
from ingest.store import INDEX_ID, PassageKey, Pending, Writing


class VectorIndex(Protocol):
    """Finds the nearest passages; holds what it is given until told to forget it.

    Reading makes nothing: where nothing was ever stored there is nothing, and it is nobody's.

    Attributes:
        erases: whether what is forgotten leaves the disk; in a server's files bytes of it stay for a while.
    """

    erases: ClassVar[bool]

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """Stores vectors of shape `(len(keys), dimensions)`, replacing those of the same keys."""

    def forget(self, pending: Sequence[Pending]) -> None:
        """Deletes all vectors of these texts, on disk as far as it `erases`; those not there are no error.

        Raises:
            IndexBusy: if somebody holds them open, so that they are not gone yet.
        """

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

    def clear(self, owner: str = "") -> None:
        """Deletes all vectors; where other indexes have theirs, too, only those of `owner` or of nobody."""

    def exists(self) -> bool:
        """Whether anything was ever stored, in whatever state it is."""

    def close(self) -> None:
        """Lets go of what is open; the next call opens it again."""

    def claim(self, owner: str) -> None:
        """Notes the id of the index whose vectors these are from now on."""

    def is_of(self, owner: str) -> bool:
        """Whether these are the vectors of the index of that id."""

    def keys(self) -> tuple[PassageKey, ...]:
        """Keys of all vectors held, in no particular order."""

    def set_aside(self, folder: Path, owner: str = "") -> str | None:
        """Moves what is stored, in whatever state, into a folder; returns where, if there was anything.

        Where other indexes have their vectors, too, only those of `owner` or of nobody.
        """

    def vectors_of(self, keys: Sequence[PassageKey]) -> Mapping[PassageKey, Vectors]:
        """Vectors of shape `(dimensions,)` of those among `keys` that are held."""


def check_owner(vectors: VectorIndex, index: str) -> None:
    """Makes sure that vectors are those of an index.

    Raises:
        IndexCorrupt: if they are of another, or gone.
    """
    if not vectors.is_of(index):
        raise IndexCorrupt(f"the vectors are gone, or those of another index: {MEND}")


def adopt(vectors: VectorIndex, writing: Writing) -> None:
    """Makes vectors those of the index that is written, which gets an id if it has none."""
    index = writing.live.index_id() or new_index_id()
    # First the vectors: what the book says of them holds whenever we are killed.
    vectors.claim(index)
    writing.set_meta(INDEX_ID, index)


def new_index_id() -> str:
    """An id that no other index has."""
    return secrets.token_hex(16)
