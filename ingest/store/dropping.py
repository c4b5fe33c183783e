"""What a transaction takes out of the book of record, noted while it can still be read."""

import sqlite3
from collections.abc import Callable, Iterable

from ingest.copies import Dropped
from ingest.documents import embedded_text

EMBEDDER = (
    "SELECT json_extract(value, '$.embedder') FROM meta WHERE name = 'fingerprint'"  # ingest.fingerprint
)


class Dropping:
    """Notes of one transaction.

    Args:
        run: `execute` of the connection.

    Attributes:
        removed: ids of documents that go.
    """

    def __init__(self, run: Callable[..., sqlite3.Cursor]) -> None:
        self._run = run
        self._replaced: set[str] = set()
        self._passages: dict[str, None] = {}
        self.removed: set[str] = set()

    def note_replaced(self, document_ids: Iterable[str]) -> None:
        """Notes those among these documents that there are now."""
        known = "SELECT 1 FROM documents WHERE id = ?"
        self._replaced.update(each for each in document_ids if self._run(known, (each,)).fetchone())

    def note_text(self, content: int) -> None:
        """Notes what was embedded of a text that is about to be deleted."""
        rows = self._run(
            "SELECT l.context, l.text FROM passages p JOIN lexical l ON l.rowid = p.id WHERE p.content = ?",
            (content,),
        )
        self._passages.update((embedded_text(*row), None) for row in rows)

    def spare(self, passages: Iterable[str]) -> None:
        """Takes back what the same transaction brought in anew."""
        for passage in passages:
            self._passages.pop(passage, None)

    def dropped(self) -> Dropped:
        """All of it."""
        (embedder,) = self._run(EMBEDDER).fetchone() or ("",)
        return Dropped(frozenset(self.removed), frozenset(self._replaced), tuple(self._passages), embedder)
