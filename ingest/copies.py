"""What others made of documents and keep beside the index, and how they learn that a document went.

Whoever keeps such things (cached vectors, drafts, stored answers) lets go of them when it is told. It is told
twice: before the change is made, so that being killed in between leaves nothing behind, and right after it,
for whatever was made of the old text meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Dropped:
    """What one change takes out of the index.

    Attributes:
        removed: ids of documents that are gone.
        replaced: ids of documents that got another text.
        passages: what was embedded of texts that no document has any more.
        embedder: fingerprint of what embedded them.
    """

    removed: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()
    passages: tuple[str, ...] = ()
    embedder: str = ""

    def __bool__(self) -> bool:
        return bool(self.removed or self.replaced or self.passages)


class Copies(Protocol):
    """Things made of documents, kept outside the index."""

    def forget(self, dropped: Dropped) -> None:
        """Deletes what was made of these documents, on disk as well; telling it twice is no error."""


class AllCopies:
    """Several kinds of them.

    Args:
        kinds: each is told in turn.
    """

    def __init__(self, kinds: Sequence[Copies] = ()) -> None:
        self._kinds = kinds

    def forget(self, dropped: Dropped) -> None:
        """See `Copies.forget`."""
        for kind in self._kinds:
            kind.forget(dropped)


NO_COPIES = AllCopies()
