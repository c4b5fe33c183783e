"""Conversations that the server keeps, in one SQLite file of their own: questions with their answer objects.

It stands in the index folder, where everything of ours stands, beside the book of record: rebuilding an index
empties the latter's tables and leaves this file alone. A conversation has an owner, and is nobody else's.
"""

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.errors import ConversationFull, ConversationNotFound, ConversationsUnreadable
from api.settings import ConversationSettings

FILE_NAME = "conversations.sqlite3"
SCHEMA_VERSION = 2
BUSY_TIMEOUT_MS = 10_000
ID_BYTES = 18  # nobody finds a conversation by guessing
DAY_MICROSECONDS = 86_400_000_000

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
LISTED = """
SELECT id, created, updated,
    (SELECT count(*) FROM turns WHERE conversation = id),
    coalesce((SELECT question FROM turns WHERE conversation = id AND ordinal = 0), '')
FROM conversations WHERE owner = ?
"""


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation in a listing; times in microseconds since 1970, the title its first question or ""."""

    id: str
    created: int
    updated: int
    turns: int
    title: str


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question and its answer object as JSON; `concluded` in microseconds since 1970."""

    concluded: int
    question: str
    answer: str


class Conversations:
    """Keeps one owner's conversations within limits. What is too old is gone for whoever looks next.

    Args:
        folder: where the file stands; made with the first conversation.
        limits: how much is kept.
        clock: nanoseconds since 1970.
        owner: whose they are: the name of an API key, or "" for all who came without one.
    """

    def __init__(
        self,
        folder: Path,
        limits: ConversationSettings,
        clock: Callable[[], int] = time.time_ns,
        owner: str = "",
    ) -> None:
        self._path = folder / FILE_NAME
        self._limits = limits
        self._clock = clock
        self._owner = owner

    def of(self, owner: str) -> "Conversations":
        """Those of another owner, in the same file."""
        return Conversations(self._path.parent, self._limits, self._clock, owner)

    def start(self) -> KeptConversation:
        """A new conversation; those used longest ago make room for it.

        Raises:
            ConversationsUnreadable: if the file is not one of ours.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        chosen = secrets.token_urlsafe(ID_BYTES)
        with self._changing() as connection:
            now = self._next_time(connection)
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?)", (chosen, self._owner, now, now)
            )
            beyond = "SELECT id FROM conversations WHERE owner = ? ORDER BY updated DESC LIMIT -1 OFFSET ?"
            connection.execute(
                f"DELETE FROM conversations WHERE id IN ({beyond})",  # noqa: S608 - no value in it
                (self._owner, self._limits.max_kept),
            )
        return KeptConversation(chosen, now, now, 0, "")

    def page(self, limit: int, before: int | None = None) -> tuple[KeptConversation, ...]:
        """At most `limit` conversations last used before a time, the latest first.

        Raises:
            ConversationsUnreadable: if the file is not one of ours.
        """
        if not self._path.is_file():
            return ()
        with self._changing() as connection:
            rows = connection.execute(
                LISTED + "AND (? IS NULL OR updated < ?) ORDER BY updated DESC LIMIT ?",
                (self._owner, before, before, limit),
            )
            return tuple(KeptConversation(*row) for row in rows)

    def count(self) -> int:
        """How many are kept, whoever's they are.

        Raises:
            ConversationsUnreadable: if the file is not one of ours.
        """
        if not self._path.is_file():
            return 0
        with closing(connect(self._path)) as connection:
            counted: int = connection.execute("SELECT count(*) FROM conversations").fetchone()[0]
            return counted

    def get(self, conversation_id: str) -> tuple[KeptConversation, tuple[KeptTurn, ...]]:
        """A conversation with its turns, oldest first.

        Raises:
            ConversationNotFound: if there is none of that id.
            ConversationsUnreadable: if the file is not one of ours.
        """
        with self._changing_one(conversation_id) as connection:
            row = connection.execute(LISTED + "AND id = ?", (self._owner, conversation_id)).fetchone()
            turns = connection.execute(
                "SELECT concluded, question, answer FROM turns WHERE conversation = ? ORDER BY ordinal",
                (conversation_id,),
            )
            return KeptConversation(*row), tuple(KeptTurn(*turn) for turn in turns)

    def said(self, conversation_id: str) -> tuple[tuple[str, str], ...]:
        """Question and answer text of each turn, oldest first, of one that takes a further turn.

        Raises:
            ConversationFull: if it takes none.
            ConversationNotFound: if there is none of that id.
            ConversationsUnreadable: if the file is not one of ours.
        """
        with self._changing_one(conversation_id) as connection:
            self._check_room(connection, conversation_id)
            rows = connection.execute(
                "SELECT question, json_extract(answer, '$.answer') FROM turns"
                " WHERE conversation = ? ORDER BY ordinal",
                (conversation_id,),
            )
            return tuple((question, answer) for question, answer in rows)

    def append(self, conversation_id: str, question: str, answer: str) -> None:
        """Adds a turn, its answer object as JSON.

        Raises:
            As `said`.
        """
        with self._changing_one(conversation_id) as connection:
            ordinal = self._check_room(connection, conversation_id)
            now = self._next_time(connection)
            connection.execute(
                "INSERT INTO turns VALUES (?, ?, ?, ?, ?)", (conversation_id, ordinal, now, question, answer)
            )
            connection.execute("UPDATE conversations SET updated = ? WHERE id = ?", (now, conversation_id))

    def delete(self, conversation_id: str) -> None:
        """Forgets a conversation.

        Raises:
            ConversationNotFound: if there is none of that id.
            ConversationsUnreadable: if the file is not one of ours.
        """
        with self._changing_one(conversation_id) as connection:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))

    def _check_room(self, connection: sqlite3.Connection, conversation_id: str) -> int:
        """How many turns there are, if there may be another."""
        counted = "SELECT count(*) FROM turns WHERE conversation = ?"
        turns: int = connection.execute(counted, (conversation_id,)).fetchone()[0]
        if turns >= self._limits.max_turns:
            raise ConversationFull(
                f"the conversation has {turns:,} turns, as many as it may: start another one"
            )
        return turns

    @contextmanager
    def _changing_one(self, conversation_id: str) -> Iterator[sqlite3.Connection]:
        why = "it is unknown, deleted or too old"
        absent = ConversationNotFound(f"no conversation {conversation_id!r}: {why}")
        if not self._path.is_file():
            raise absent
        with self._changing() as connection:
            found = "SELECT 1 FROM conversations WHERE id = ? AND owner = ?"
            if connection.execute(found, (conversation_id, self._owner)).fetchone() is None:
                raise absent
            yield connection

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, begun when what is too old was swept."""
        with closing(connect(self._path)) as connection:
            oldest = self._clock() // 1000 - self._limits.max_days * DAY_MICROSECONDS
            connection.execute("DELETE FROM conversations WHERE updated < ?", (oldest,))
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _next_time(self, connection: sqlite3.Connection) -> int:
        """Now, or just after the last change if the clock was set back meanwhile."""
        last: int = connection.execute("SELECT coalesce(max(updated), 0) FROM conversations").fetchone()[0]
        return max(self._clock() // 1000, last + 1)


def connect(path: Path) -> sqlite3.Connection:
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
        version = _lay_out(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ConversationsUnreadable(f"{path} cannot be read ({error}): move it away") from error
    if version != SCHEMA_VERSION:
        connection.close()
        raise ConversationsUnreadable(f"{path} has layout {version}, not {SCHEMA_VERSION}: move it away")
    return connection


def _lay_out(connection: sqlite3.Connection) -> int:
    """The version of the tables, which are made in one transaction where there are none."""
    if (version := _version(connection)) == 0:
        connection.execute("BEGIN IMMEDIATE")
        if (version := _version(connection)) == 0:  # nobody else was first
            for statement in SCHEMA.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            version = SCHEMA_VERSION
        connection.execute("COMMIT")
    return version


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version
