"""The book of record in one SQLite file, with FTS5 as lexical index."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout

from ingest.copies import NO_COPIES, Copies
from ingest.documents import Passage
from ingest.erasing import write_anew
from ingest.errors import MEND, IndexBusy, IndexCorrupt, IndexMissing
from ingest.storage import storage_failure, storage_told
from ingest.store.damage import damage_told
from ingest.store.lexical import best_passages
from ingest.store.migrations import Layout, version_of
from ingest.store.schema import SCHEMA
from ingest.store.snapshot import Snapshot
from ingest.store.writing import Writing

FILE_NAME = "pincite.sqlite3"
BUSY_TIMEOUT_MS = 10_000
LEXICAL = """
CREATE VIRTUAL TABLE lexical USING fts5 (
    context, text, tokenize = "porter unicode61 remove_diacritics 2"
);
"""
# A step for each layout after the first, see `ingest.store.migrations`.
LAYOUT = Layout(SCHEMA + LEXICAL)


class SqliteConnection:
    """A connection in autocommit; see `Connection`."""

    begin_writing = "BEGIN IMMEDIATE"

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def execute(self, sql: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Runs one statement."""
        return self._raw.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs one statement with each of the rows."""
        self._raw.executemany(sql, rows)

    def erase(self) -> None:
        """See `Connection.erase`."""
        # Merged into one segment, the lexical index has no words left of what was deleted.
        self._raw.execute("INSERT INTO lexical (lexical) VALUES ('optimize')")
        write_anew(self._raw, "the index")

    def index_words(self, passages: Iterable[tuple[int, Passage]]) -> None:
        """See `Connection.index_words`."""
        self._raw.executemany(
            "INSERT INTO lexical (rowid, context, text)"
            " VALUES ((SELECT id FROM passages WHERE content = ? AND ordinal = ?), ?, ?)",
            [(content, passage.ordinal, passage.context, passage.text) for content, passage in passages],
        )

    def search_words(
        self, words: Sequence[str], weights: tuple[float, float], limit: int, contents: Sequence[int] | None
    ) -> Iterable[tuple[int, int, float]]:
        """See `Connection.search_words`."""
        # Quoted, so that nothing in a question is FTS5 syntax; one with a sign inside becomes a phrase.
        quoted = ['"' + word.replace('"', '""') + '"' for word in words]
        found = best_passages(self._raw, quoted, weights, limit, contents)
        return [(key.content, key.ordinal, score) for key, score in found]


class SqliteStore:
    """See `Store`; one writer at a time, guarded by a lock file that a killed process frees.

    Args:
        folder: the index folder.
        layout: of its tables; an earlier one is brought up to it, whether for reading or for writing.
    """

    erases: ClassVar[bool] = True

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
            yield Snapshot(SqliteConnection(connection))

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
    def writing(self, copies: Copies = NO_COPIES) -> Iterator[Writing]:
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
            yield Writing(SqliteConnection(connection), copies)

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

    def bytes_on_disk(self) -> int:
        """See `Store.bytes_on_disk`."""
        taken = 0
        for file in self.folder.glob(FILE_NAME + "*"):
            with suppress(FileNotFoundError):  # a log that is written over
                taken += file.stat().st_size
        return taken


def connect(path: Path, layout: Layout = LAYOUT, *, create: bool = False) -> sqlite3.Connection:
    """Opens the SQLite file in WAL mode, in autocommit: transactions are begun by name.

    It may be of an earlier layout, or have none yet.

    Args:
        path: the file.
        layout: the latest that is understood.
        create: whether to make the file where there is none.

    Raises:
        IndexCorrupt: if the file is not an SQLite database of ours.
        StorageUnavailable: if the machine does not let it be opened.
    """
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    with storage_told(path):
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # NORMAL may lose the last transactions at a power cut but never corrupts in WAL mode;
        # a killed process loses nothing, and what is lost is ingested again.
        connection.execute("PRAGMA synchronous = NORMAL")
        version = version_of(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if failure := storage_failure(error, path):
            raise failure from error
        raise IndexCorrupt(f"{path} is not a Pincite index ({error}): {MEND}") from error
    if version > layout.version:
        connection.close()
        raise IndexCorrupt(
            f"{path} has layout {version}, and this Pincite knows {layout.version}: update it to the"
            " version that made the index"
        )
    return connection
