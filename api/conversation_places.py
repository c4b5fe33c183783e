"""Where conversations stand: in a file of their own, or in the database that holds the index."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from api.errors import ConversationsUnreadable
from ingest.assembly import open_database
from ingest.erasing import write_anew
from ingest.errors import IndexCorrupt, IndexMissing
from ingest.settings import IndexSettings
from ingest.store.connection import Statements
from ingest.store.migrations import Layout, version_of

if TYPE_CHECKING:
    from ingest.postgres import Database

FILE_NAME = "conversations.sqlite3"
BUSY_TIMEOUT_MS = 10_000

# Times are microseconds since 1970. No two conversations share `updated`: pages can go on from it.
SCHEMA = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL UNIQUE
) WITHOUT ROWID;
CREATE INDEX conversations_owner ON conversations (owner, updated);
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, concluded INTEGER NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (conversation, ordinal)
);
"""
PART = "conversations"  # of our tables in a database, of which this is the first layout
FIRST = 1


class Place(Protocol):
    """Holds conversations, of which one thread or process changes one at a time."""

    def exists(self) -> bool:
        """Whether there may be any."""

    def changing(self) -> AbstractContextManager[Statements]:
        """A transaction nobody else has meanwhile, the tables made where they are missing.

        Raises:
            ConversationsUnreadable: if what is there is not ours.
            IndexUnreachable: if a database does not answer.
        """

    def erase(self) -> None:
        """Leaves nothing on disk of what was deleted or written over.

        Raises:
            IndexBusy: if another process keeps the file to itself.
        """


def _give_owners(connection: sqlite3.Connection) -> None:
    """To layout 2: what was kept before there were keys is of those who come without one."""
    connection.execute(
        "CREATE TABLE owned (id TEXT PRIMARY KEY, owner TEXT NOT NULL, created INTEGER NOT NULL,"
        " updated INTEGER NOT NULL UNIQUE) WITHOUT ROWID"
    )
    connection.execute("INSERT INTO owned SELECT id, '', created, updated FROM conversations")
    connection.execute("DROP TABLE conversations")
    connection.execute("ALTER TABLE owned RENAME TO conversations")
    connection.execute("CREATE INDEX conversations_owner ON conversations (owner, updated)")


LAYOUT = Layout(SCHEMA, (_give_owners,))


class ConversationFile:
    """One SQLite file in the index folder, beside the book of record, which a rebuild empties."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def exists(self) -> bool:
        """See `Place.exists`."""
        return self._path.is_file()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """See `Place.changing`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_connect(self._path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def erase(self) -> None:
        """See `Place.erase`."""
        with closing(_connect(self._path)) as connection:
            write_anew(connection, str(self._path))


class ConversationTables:
    """Tables in a PostgreSQL database, which several servers may share."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._ready = False

    def exists(self) -> bool:
        """See `Place.exists`."""
        return True

    @contextmanager
    def changing(self) -> Iterator[Statements]:
        """See `Place.changing`."""
        if not self._ready:
            try:
                self._database.lay_out(PART, FIRST, SCHEMA)
            except (IndexCorrupt, IndexMissing) as error:
                raise ConversationsUnreadable(str(error)) from error
            self._ready = True
        with self._database.transaction(
            "BEGIN; LOCK TABLE conversations IN SHARE ROW EXCLUSIVE MODE"
        ) as connection:
            yield connection

    def erase(self) -> None:
        """See `Place.erase`; how long PostgreSQL's log keeps it is for its owner to say."""
        with self._database.session() as connection:
            connection.execute("VACUUM turns")


def open_place(settings: IndexSettings) -> Place:
    """Where an index keeps its conversations.

    Raises:
        IngestError: as `ingest.assembly.open_database`.
    """
    if settings.storage.book is None:
        return ConversationFile(settings.index)
    return ConversationTables(open_database(settings.storage.book))


def _connect(path: Path) -> sqlite3.Connection:
    """Opens the file in WAL mode, in autocommit, its tables laid out.

    Raises:
        ConversationsUnreadable: if it is not one of ours.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # of conversations that are deleted or too old
        LAYOUT.lay_out(connection)
        version = version_of(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ConversationsUnreadable(f"{path} cannot be read ({error}): move it away") from error
    if version != LAYOUT.version:
        connection.close()
        raise ConversationsUnreadable(
            f"{path} has layout {version}, and this Pincite knows {LAYOUT.version}: use the one that made it,"
            " or move it away"
        )
    return connection
