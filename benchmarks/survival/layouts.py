"""Layouts that the kill campaign migrates from and to: of the book of record, and of the conversations.

The book's is the first still, so its next one is made up here, of what steps are made of: a table made anew
and the lexical index, too. The conversations' step is the real one; a file of their first layout is had by
undoing it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from api.conversation_places import FILE_NAME as CONVERSATIONS
from ingest.store.migrations import Layout, version_of
from ingest.store.sqlite import FILE_NAME as BOOK
from ingest.store.sqlite import LAYOUT, SqliteStore

FIRST = """
CREATE TABLE earlier (id TEXT PRIMARY KEY, created INTEGER NOT NULL, updated INTEGER NOT NULL UNIQUE) WITHOUT ROWID;
INSERT INTO earlier SELECT id, created, updated FROM conversations;
DROP TABLE conversations;
ALTER TABLE earlier RENAME TO conversations;
PRAGMA user_version = 1;
"""  # noqa: E501 - as the version that had it wrote it, but for the name
LARGER = """
CREATE TABLE larger (
    id TEXT PRIMARY KEY, content INTEGER NOT NULL REFERENCES contents (key), origin TEXT NOT NULL,
    title TEXT NOT NULL, source TEXT NOT NULL, media_type TEXT NOT NULL, published TEXT,
    page_starts TEXT NOT NULL, headings TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
INSERT INTO larger SELECT *, 0 FROM documents;
DROP TABLE documents;
ALTER TABLE larger RENAME TO documents;
CREATE INDEX documents_content ON documents (content);
CREATE INDEX documents_origin ON documents (origin);
INSERT INTO lexical (lexical) VALUES ('rebuild');
"""


def _enlarge(connection: sqlite3.Connection) -> None:
    for statement in LARGER.split(";\n"):
        connection.execute(statement)


NEXT = Layout(LAYOUT.schema, (*LAYOUT.steps, _enlarge))


def undo_conversations(index: Path) -> None:
    """Makes the conversations' file one of their first layout, which knew no owners."""
    with closing(sqlite3.connect(index / CONVERSATIONS, isolation_level=None)) as connection:
        connection.executescript(f"BEGIN; {FIRST} COMMIT;")


def versions(index: Path) -> tuple[int, int]:
    """Layouts of book and conversations, as they stand; nothing is migrated."""
    return _version(index / BOOK), _version(index / CONVERSATIONS)


def open_book(index: Path) -> SqliteStore:
    """The book of record in the layout it has, if that is today's or the next one."""
    return SqliteStore(index, NEXT if _version(index / BOOK) == NEXT.version else LAYOUT)


def _version(file: Path) -> int:
    """Layout of a file; 0 where there is none, or none that can be read."""
    if not file.exists():
        return 0
    try:
        with closing(sqlite3.connect(file)) as connection:
            return version_of(connection)
    except sqlite3.DatabaseError:
        return 0
