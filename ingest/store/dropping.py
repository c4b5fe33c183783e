"""What a transaction takes out of the book of record, noted while it can still be read."""

import json
from collections.abc import Callable, Iterable

from ingest.copies import Dropped
from ingest.documents import embedded_text
from ingest.store.connection import Rows

FINGERPRINT = "SELECT value FROM meta WHERE name = 'fingerprint'"  # ingest.fingerprint


class Dropping:
    """Notes of one transaction.

    Args:
        run: `execute` of the connection.

    Attributes:
        removed: ids of documents that go.
    """

    def __init__(self, run: Callable[..., Rows]) -> None:
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
        ((text,),) = self._run("SELECT text FROM contents WHERE key = ?", (content,)).fetchall()
        rows = self._run("SELECT context, start, stop FROM passages WHERE content = ?", (content,))
        self._passages.update(
            (embedded_text(context, text[start:stop]), None) for context, start, stop in rows
        )

    def spare(self, passages: Iterable[str]) -> None:
        """Takes back what the same transaction brought in anew."""
        for passage in passages:
            self._passages.pop(passage, None)

    def dropped(self) -> Dropped:
        """All of it."""
        (fingerprint,) = self._run(FINGERPRINT).fetchone() or ("{}",)
        embedder = json.loads(fingerprint).get("embedder", "")
        return Dropped(frozenset(self.removed), frozenset(self._replaced), tuple(self._passages), embedder)
