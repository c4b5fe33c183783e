"""The book of record, one SQLite file: documents, sentences, the lexical index, and the journal.

Readers take a snapshot; one writer at a time, guarded by a lock file that a killed process frees.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import IndexBusy, IndexMissing
from ingest.store.damage import damage_told
from ingest.store.migrations import Layout, version_of
from ingest.store.records import (
    EVERYTHING,
    DocumentSummary,
    FileRecord,
    Filters,
    PassageKey,
    Pending,
    PreparedDocument,
    StoredPassage,
)
from ingest.store.schema import LAYOUT, connect
from ingest.store.snapshot import INDEX_ID, Snapshot
from ingest.storage import storage_told
from ingest.store.writing import Entry, Writing

__all__ = [
    "EVERYTHING",
    "INDEX_ID",
    "DocumentSummary",
    "Entry",
    "FileRecord",
    "Filters",
    "PassageKey",
    "Pending",
    "PreparedDocument",
    "Snapshot",
    "Store",
    "StoredPassage",
    "Writing",
]

FILE_NAME = "pincite.sqlite3"


class Store:
    """Opens snapshots and the write side of one index folder.

    Args:
        folder: the index folder.
        layout: of its tables; an earlier one is brought up to it, whether for reading or for writing.
    """

    def __init__(self, folder: Path, layout: Layout = LAYOUT) -> None:
        self.folder = folder
        self._layout = layout
        self.path = folder / FILE_NAME

    def exists(self) -> bool:
        """Whether something was ever ingested into the folder."""
        return self.path.is_file()

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A snapshot of what is live; sees nothing that is written meanwhile.

        Raises:
            IndexBusy: if it has an earlier layout, and another process is writing.
            IndexMissing: if nothing was ever ingested into the folder.
            IndexCorrupt: if the file is damaged, or not an index of ours.
        """
        with closing(self._connect()) as connection, storage_told(self.path), damage_told(self.path):
            connection.execute("BEGIN")
            yield Snapshot(connection)

    def is_being_written(self) -> bool:
        """Whether somebody holds the write side now; a moment later it may be otherwise."""
        if not self.exists():
            return False
        try:
            with storage_told(self.folder), self._write_lock().acquire(timeout=0):
                return False
        except Timeout:
            return True

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else writes meanwhile.

        Raises:
            IndexBusy: if another process is writing.
        """
        lock = self._write_lock()
        try:
            with storage_told(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                lock.acquire(timeout=0)
        except Timeout as error:
            raise IndexBusy(
                f"another process is writing to {self.folder}: try again when it is done"
            ) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """The write side, creating the folder and its tables where they are missing.

        Raises:
            IndexBusy: if another process is writing.
            IndexCorrupt: if the file is damaged, or not an index of ours.
        """
        with (
            self.alone(),
            closing(connect(self.path, self._layout, create=True)) as connection,
            storage_told(self.path),
            damage_told(self.path),
        ):
            self._layout.lay_out(connection)
            yield Writing(connection)

    def _connect(self) -> sqlite3.Connection:
        """A connection for reading, once the tables are of today's layout."""
        missing = IndexMissing(f"no index in {self.folder}: run `pincite ingest PATH…` first")
        if not self.exists():
            raise missing
        connection = connect(self.path, self._layout)
        version = version_of(connection)
        if version == self._layout.version:
            return connection
        connection.close()
        if version == 0:  # an ingest that was killed at its first step, or is about to take it
            raise missing
        with self.writing():
            return connect(self.path, self._layout)

    def _write_lock(self) -> FileLock:
        return FileLock(self.folder / "write.lock")
