"""The book of record in a PostgreSQL database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from ingest.copies import NO_COPIES, Copies
from ingest.documents import Passage
from ingest.errors import IndexBusy, IndexMissing, IngestError
from ingest.postgres import Database, PostgresConnection, check_layout, dialect, lay_out
from ingest.store import bm25
from ingest.store.schema import SCHEMA
from ingest.store.snapshot import Snapshot
from ingest.store.writing import Writing

PART = "book"
LAYOUT = 1
READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# High half of the advisory lock's key; the low half is the schema: several indexes may share a database.
WRITING = 0x50494E
LOCK_KEY = f"({WRITING}::bigint << 32) | current_schema()::regnamespace::oid::bigint"
HOLDER = f"""
SELECT application_name, client_addr FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND classid = {WRITING} AND objid = current_schema()::regnamespace::oid
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""  # noqa: S608 - constants
SIZE = """
SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname = ANY(?)
"""
SHARED = ("meta", "journal", "files", "contents", "documents", "sentences", "passages")
TABLES = [*SHARED, *bm25.TABLES]


class PostgresBook:
    """A connection to the book; see `Connection`."""

    begin_writing = "BEGIN"

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self.execute = connection.execute
        self.executemany = connection.executemany

    def erase(self) -> None:
        """Has PostgreSQL free what deleted rows took, and waits for no reader.

        Their bytes stay until something is written over them, and in its log and backups: to rewrite the
        tables (VACUUM FULL) would stop all who ask, and when that may be is for the database's owner to say.
        """
        for table in TABLES:
            self.execute(f"VACUUM {table}")

    def index_words(self, passages: Iterable[tuple[int, Passage]]) -> None:
        """See `Connection.index_words`."""
        bm25.index(self._connection, passages)

    def search_words(
        self, words: Sequence[str], weights: tuple[float, float], limit: int, contents: Sequence[int] | None
    ) -> Iterable[tuple[int, int, float]]:
        """See `Connection.search_words`."""
        of_title, of_text = weights
        return bm25.search(self._connection, words, of_title / of_text, limit, contents)


class PostgresStore:
    """See `Store`; one writer at a time, guarded by a lock that goes with the writer's connection.

    Args:
        folder: the index folder.
        database: holds the tables, in the first schema of its search path.
    """

    erases: ClassVar[bool] = False

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self._database = database

    def exists(self) -> bool:
        """See `Store.exists`."""
        try:
            with self.reading():
                return True
        except IndexMissing:
            return False

    @contextmanager
    def reading(self) -> Iterator[Snapshot]:
        """See `Store.reading`."""
        with self.looking() as connection:
            yield Snapshot(PostgresBook(connection))

    @contextmanager
    def looking(self) -> Iterator[PostgresConnection]:
        """The same for whoever examines the rows themselves.

        Raises:
            As `Store.reading`.
        """
        with self._database.transaction(READING) as connection:
            check_layout(connection, PART, LAYOUT)
            yield connection

    def is_being_written(self) -> bool:
        """See `Store.is_being_written`."""
        with self._database.transaction(READING) as connection:
            return connection.execute(HOLDER).fetchone() is not None

    @contextmanager
    def writing(self, copies: Copies = NO_COPIES) -> Iterator[Writing]:
        """See `Store.writing`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._database.session() as connection:
            self._lock(connection)
            lay_out(connection, PART, LAYOUT, dialect(SCHEMA) + bm25.SCHEMA)
            yield Writing(PostgresBook(connection), copies)

    def bytes_on_disk(self) -> int:
        """See `Store.bytes_on_disk`."""
        with self._database.transaction(READING) as connection:
            ((size,),) = connection.execute(SIZE, (TABLES,))
            return int(size)

    def _lock(self, connection: PostgresConnection) -> None:
        """Takes the write lock, which ends with the connection."""
        ((taken,),) = connection.execute(f"SELECT pg_try_advisory_lock({LOCK_KEY})")
        if taken is None:
            raise IngestError(
                f"{connection.where} has no schema this user may use on the search path: create or grant one"
            )
        if taken:
            return
        holder = connection.execute(HOLDER).fetchone()
        who = "another process" if holder is None else f"{holder[0]} ({holder[1] or 'on the same machine'})"
        raise IndexBusy(f"{who} is writing to {connection.where}: try again when it is done")
