"""Tables of the file of conversations, and how a connection to it is opened."""

import sqlite3
from pathlib import Path

from api.errors import ConversationsUnreadable
from ingest.errors import MEND
from ingest.storage import storage_failure, storage_told
from ingest.store.migrations import Layout, version_of

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


def connect(path: Path) -> sqlite3.Connection:
    """Opens the file in WAL mode, in autocommit, its tables laid out.

    Raises:
        ConversationsUnreadable: if it is not one of ours.
        StorageUnavailable: if the machine does not let it be opened.
    """
    with storage_told(path):
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
        raise storage_failure(error, path) or unreadable(path, error) from error
    if version != LAYOUT.version:
        connection.close()
        raise ConversationsUnreadable(
            f"{path} has layout {version}, and this Pincite knows {LAYOUT.version}: update it to the version"
            " that made the file"
        )
    return connection


def unreadable(path: Path, error: sqlite3.DatabaseError) -> ConversationsUnreadable:
    """What is said of a damaged file."""
    return ConversationsUnreadable(f"{path} cannot be read ({error}): {MEND}")
