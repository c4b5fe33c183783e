"""The book of record, one SQLite file: documents, sentences, the lexical index, and the journal.

Readers take a snapshot; one writer at a time, guarded by a lock file that a killed process frees.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.copies import NO_COPIES, Copies
from ingest.errors import IndexBusy, IndexMissing
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
from ingest.store.schema import connect, create
from ingest.store.snapshot import Snapshot
from ingest.store.writing import Entry, Writing

__all__ = [
    "EVERYTHING",
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
    """Opens snapshots and the write side of one index folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / FILE_NAME

    def exists(self) -> bool:
        """Whether something was ever ingested into the folder."""
        return self._path.is_file()

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """A snapshot of what is live; sees nothing that is written meanwhile.

        Raises:
            IndexMissing: if nothing was ever ingested into the folder.
            IndexCorrupt: if the file is not an index of ours.
        """
        if not self.exists():
            raise IndexMissing(f"no index in {self.folder}: run `pincite ingest PATH…` first")
        with closing(connect(self._path)) as connection:
            connection.execute("BEGIN")
            yield Snapshot(connection)

    def is_being_written(self) -> bool:
        """Whether somebody holds the write side now; a moment later it may be otherwise."""
        if not self.exists():
            return False
        try:
            with self._write_lock().acquire(timeout=0):
                return False
        except Timeout:
            return True

    @contextmanager
    def writing(self, copies: Copies = NO_COPIES) -> Iterator[Writing]:
        """The write side, creating the folder and its tables where they are missing.

        Args:
            copies: told of every document that goes or changes.

        Raises:
            IndexBusy: if another process is writing.
            IndexCorrupt: if the file is not an index of ours.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self._write_lock()
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise IndexBusy(
                f"another process is writing to {self.folder}: try again when it is done"
            ) from error
        try:
            with closing(connect(self._path)) as connection:
                create(connection)
                yield Writing(connection, copies)
        finally:
            lock.release()

    def _write_lock(self) -> FileLock:
        return FileLock(self.folder / "write.lock")
