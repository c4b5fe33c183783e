"""Drafts that were paid for once: kept beside the index, by what was asked, shown and answered with."""

import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingest.copies import Dropped
from ingest.erasing import write_anew
from ingest.errors import IndexCorrupt
from qa.drafts import Statement
from qa.prompts import Message

_LOG = logging.getLogger(__name__)

FILE = "drafts.sqlite3"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS drafts (
    key TEXT PRIMARY KEY, used REAL NOT NULL, statements TEXT NOT NULL, input INTEGER, output INTEGER
);
CREATE TABLE IF NOT EXISTS shown (
    key TEXT NOT NULL REFERENCES drafts ON DELETE CASCADE, document TEXT NOT NULL, PRIMARY KEY (key, document)
);
CREATE INDEX IF NOT EXISTS shown_document ON shown (document);
"""
# Later than any before, also when the clock was set back: else what is new would be the first to go.
_NOW = "max(?, (SELECT coalesce(max(used), 0) + 0.000001 FROM drafts))"


Stand = Callable[[Iterable[tuple[str, str]]], bool]


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft as it was given, what it took, and the documents it was made from, each with its version."""

    statements: tuple[Statement, ...]
    input_tokens: int | None
    output_tokens: int | None
    documents: frozenset[tuple[str, str]] = frozenset()


class DraftCache:
    """Keeps the drafts used last, as copies of what they were made from (`ingest.copies`).

    Args:
        folder: where its file is made when there is something to keep.
        most: drafts kept at most; 0 keeps none.
        stand: whether these documents are live, in these versions.
    """

    def __init__(self, folder: Path, most: int, stand: Stand = lambda _: True) -> None:
        self._stand = stand
        self._path = folder / FILE
        self._most = most

    def get(self, key: str) -> KeptDraft | None:
        """The draft kept under a key, if there is one."""
        if not self._most or not self._path.exists():
            return None
        try:
            with closing(self._open()) as connection, connection:
                row = connection.execute(
                    f"UPDATE drafts SET used = {_NOW} WHERE key = ? RETURNING statements, input, output",  # noqa: S608 - our own SQL
                    (time.time(), key),
                ).fetchone()
        except sqlite3.Error as error:
            self._complain(error)
            return None
        return KeptDraft(_statements(row[0]), row[1], row[2]) if row else None

    def put(self, key: str, draft: KeptDraft) -> None:
        """Keeps a draft; those used longest ago make room."""
        if not self._most:
            return
        try:
            self._write(key, draft)
            if not self._stand(
                draft.documents
            ):  # changed while it was drafted; whoever changed it looked before
                self._delete(document for document, _ in draft.documents)
        except sqlite3.Error as error:
            self._complain(error)

    def forget(self, dropped: Dropped) -> None:
        """See `ingest.copies.Copies.forget`: drafts made from documents that went, or that changed.

        Raises:
            IndexBusy: if another process keeps the file to itself.
            IndexCorrupt: if drafts cannot be deleted.
        """
        documents = dropped.removed | dropped.replaced
        if not documents or not self._path.exists():
            return
        try:
            self._delete(documents)
        except sqlite3.Error as error:
            raise IndexCorrupt(
                f"drafts in {self._path} cannot be deleted ({error}): delete the file, it is made anew"
            ) from error

    def _delete(self, documents: Iterable[str]) -> None:
        with closing(self._open()) as connection:
            with connection:
                found = connection.execute(
                    "DELETE FROM drafts WHERE key IN (SELECT key FROM shown WHERE document IN"
                    " (SELECT value FROM json_each(?)))",
                    (json.dumps([*documents]),),
                ).rowcount
            if found:
                connection.isolation_level = None
                write_anew(connection, str(self._path))

    def _write(self, key: str, draft: KeptDraft) -> None:
        told = json.dumps([[statement.text, statement.handles] for statement in draft.statements])
        with closing(self._open()) as connection, connection:
            connection.execute(
                f"INSERT OR REPLACE INTO drafts VALUES (?, {_NOW}, ?, ?, ?)",  # noqa: S608 - our own SQL
                (key, time.time(), told, draft.input_tokens, draft.output_tokens),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO shown VALUES (?, ?)",
                [(key, document) for document, _ in draft.documents],
            )
            connection.execute(
                "DELETE FROM drafts WHERE key NOT IN (SELECT key FROM drafts ORDER BY used DESC LIMIT ?)",
                (self._most,),
            )

    def _complain(self, error: sqlite3.Error) -> None:
        _LOG.warning("drafts cannot be kept in %s (%s): if it is damaged, delete it", self._path, error)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10)
        connection.executescript(f"PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; {_SCHEMA}")
        return connection


def key_of(fingerprint: str, messages: Sequence[Message]) -> str:
    """Names what was asked of whom: a digest of the generator's fingerprint and of all it was told."""
    return hashlib.sha256(json.dumps([fingerprint, messages]).encode()).hexdigest()


def _statements(told: str) -> tuple[Statement, ...]:
    return tuple(Statement(text, tuple(handles)) for text, handles in json.loads(told))
