"""The book of record in one SQLite file, with FTS5 as lexical index."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.documents import Passage
from ingest.errors import IndexBusy, IndexCorrupt, IndexMissing
from ingest.store.schema import SCHEMA
from ingest.store.snapshot import Snapshot
from ingest.store.writing import Writing

FILE_NAME = "pincite.sqlite3"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_MS = 10_000
# The folder may hold uploads, conversations and keys, too, which cannot be made again.
MEND = "move this one file away, not the folder, and run `pincite ingest PATH…`"
LEXICAL = """
CREATE VIRTUAL TABLE lexical USING fts5 (
    context, text, tokenize = "porter unicode61 remove_diacritics 2"
)"""


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

    def index_words(self, content: int, passages: Sequence[Passage]) -> None:
        """See `Connection.index_words`."""
        self._raw.executemany(
            "INSERT INTO lexical (rowid, context, text)"
            " VALUES ((SELECT id FROM passages WHERE content = ? AND ordinal = ?), ?, ?)",
            [(content, passage.ordinal, passage.context, passage.text) for passage in passages],
        )

    def search_words(
        self, words: Sequence[str], weights: tuple[float, float], limit: int, contents: Sequence[int] | None
    ) -> Iterable[tuple[int, int, float]]:
        """See `Connection.search_words`."""
        # Quoted, so that nothing in a question is FTS5 syntax; one with a sign inside becomes a phrase.
        expression = " OR ".join('"' + word.replace('"', '""') + '"' for word in words)
        confined = "" if contents is None else " AND p.content IN (SELECT value FROM json_each(?))"
        values = [*weights, expression, *([] if contents is None else [json.dumps(list(contents))]), limit]
        return self._raw.execute(
            "SELECT p.content, p.ordinal, -bm25(lexical, ?, ?) AS score FROM lexical"  # noqa: S608 - our own condition
            f" JOIN passages p ON p.id = lexical.rowid WHERE lexical MATCH ?{confined}"
            " ORDER BY score DESC, p.id LIMIT ?",
            values,
        )


class SqliteStore:
    """See `Store`; one writer at a time, guarded by a lock file that a killed process frees."""

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
            yield Snapshot(SqliteConnection(connection))

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
    def writing(self) -> Iterator[Writing]:
        """The write side, creating the folder and its tables where they are missing.

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
                yield Writing(SqliteConnection(connection))
        finally:
            lock.release()

    def _write_lock(self) -> FileLock:
        return FileLock(self.folder / "write.lock")

    def bytes_on_disk(self) -> int:
        """See `Store.bytes_on_disk`."""
        taken = 0
        for file in self.folder.glob(FILE_NAME + "*"):
            with suppress(FileNotFoundError):  # a log that is written over
                taken += file.stat().st_size
        return taken


def connect(path: Path) -> sqlite3.Connection:
    """Opens the SQLite file in WAL mode, in autocommit: transactions are begun by name.

    Raises:
        IndexCorrupt: if the file is not an SQLite database of ours.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # NORMAL may lose the last transactions at a power cut but never corrupts in WAL mode;
        # a killed process loses nothing, and what is lost is ingested again.
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        connection.close()
        raise IndexCorrupt(f"{path} is not a Pincite index ({error}): {MEND}") from error
    if version not in (0, SCHEMA_VERSION):
        connection.close()
        raise IndexCorrupt(f"{path} has layout {version}, not {SCHEMA_VERSION}: {MEND}")
    return connection


def create(connection: sqlite3.Connection) -> None:
    """Lays out the tables in one transaction unless they stand already."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in (*SCHEMA.split(";\n"), LEXICAL):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise
