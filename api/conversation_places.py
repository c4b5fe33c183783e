"""Where conversations stand: in a file of their own, or in the database that holds the index."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from api.conversation_layout import SCHEMA, connect, unreadable
from api.errors import ConversationsUnreadable
from ingest.assembly import open_database
from ingest.erasing import write_anew
from ingest.errors import IndexCorrupt, IndexMissing
from ingest.settings import IndexSettings
from ingest.storage import check_standing, storage_told
from ingest.store.connection import Statements
from ingest.store.damage import is_damage

if TYPE_CHECKING:
    from ingest.postgres import Database

FILE_NAME = "conversations.sqlite3"
PART = "conversations"  # of our tables in a database, of which this is the first layout
FIRST = 1
TURNS = 0x434F4E  # kind of the locks by which servers take turns


class Place(Protocol):
    """Holds conversations, of which one thread or process changes one at a time."""

    def exists(self) -> bool:
        """Whether there may be any."""

    def check_standing(self) -> None:
        """Makes sure that where they stand is still there.

        Raises:
            StorageUnavailable: if a folder is gone.
        """

    def changing(self) -> AbstractContextManager[Statements]:
        """A transaction nobody else has meanwhile, the tables made where they are missing.

        Raises:
            ConversationsUnreadable: if what is there is not ours.
            StorageUnavailable: if the folder is gone, or its disk is full or read-only.
            IndexUnreachable: if a database does not answer.
        """

    def take_turn(self, conversation_id: str) -> bool:
        """Takes a conversation for the next question; returns whether no other server has it."""

    def end_turn(self, conversation_id: str) -> None:
        """Lets others have a conversation again; no error if it was not taken."""

    def erase(self) -> None:
        """Leaves nothing on disk of what was deleted or written over.

        Raises:
            IndexBusy: if another process keeps the file to itself.
        """


class ConversationFile:
    """One SQLite file in the index folder, beside the book of record, which a rebuild empties."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def exists(self) -> bool:
        """See `Place.exists`."""
        return self._path.is_file()

    def check_standing(self) -> None:
        """See `Place.check_standing`."""
        check_standing(self._path.parent)

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """See `Place.changing`."""
        self.check_standing()
        with closing(connect(self._path)) as connection, storage_told(self._path):
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                raise unreadable(self._path, error) from error

    def take_turn(self, conversation_id: str) -> bool:  # noqa: ARG002 - one server has the folder
        """See `Place.take_turn`."""
        return True

    def end_turn(self, conversation_id: str) -> None:
        """See `Place.end_turn`."""

    def erase(self) -> None:
        """See `Place.erase`."""
        with closing(connect(self._path)) as connection:
            write_anew(connection, str(self._path))


class ConversationTables:
    """Tables in a PostgreSQL database, which several servers may share."""

    def __init__(self, database: "Database") -> None:
        from ingest.postgres_locks import Locks  # needs what reaches a database, which is an extra

        self._database = database
        self._ready = False
        self._turns = Locks(database, TURNS)

    def exists(self) -> bool:
        """See `Place.exists`."""
        return True

    def check_standing(self) -> None:
        """See `Place.check_standing`: a database that does not answer says so itself."""

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

    def take_turn(self, conversation_id: str) -> bool:
        """See `Place.take_turn`."""
        return self._turns.take(conversation_id)

    def end_turn(self, conversation_id: str) -> None:
        """See `Place.end_turn`."""
        self._turns.free(conversation_id)

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
