"""Conversations that the server keeps: questions with their answer objects.

A conversation has an owner, and is nobody else's. Rebuilding an index leaves them alone.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from api.conversation_places import Place
from api.errors import ConversationFull, ConversationNotFound
from api.settings import ConversationSettings
from ingest.store.connection import Statements

ID_BYTES = 18  # nobody finds a conversation by guessing
DAY_MICROSECONDS = 86_400_000_000
NEVER = 2**63 - 1  # a time after all others
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
        place: where they stand; made with the first conversation.
        limits: how much is kept.
        clock: nanoseconds since 1970.
        owner: whose they are: the name of an API key, or "" for all who came without one.

    Attributes:
        place: as given.
    """

    def __init__(
        self,
        place: Place,
        limits: ConversationSettings,
        clock: Callable[[], int] = time.time_ns,
        owner: str = "",
    ) -> None:
        self.place = place
        self._limits = limits
        self._clock = clock
        self._owner = owner

    def of(self, owner: str) -> "Conversations":
        """Those of another owner, in the same place."""
        return Conversations(self.place, self._limits, self._clock, owner)

    def start(self) -> KeptConversation:
        """A new conversation; those used longest ago make room for it.

        Raises:
            ConversationsUnreadable: if what is there is not ours.
            StorageUnavailable: if the folder is gone, or its disk is full or read-only.
        """
        chosen = secrets.token_urlsafe(ID_BYTES)
        with self._changing() as connection:
            now = self._next_time(connection)
            connection.execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?)", (chosen, self._owner, now, now)
            )
            connection.execute(
                "DELETE FROM conversations WHERE owner = ? AND updated <="
                " (SELECT updated FROM conversations WHERE owner = ? ORDER BY updated DESC LIMIT 1 OFFSET ?)",
                (self._owner, self._owner, self._limits.max_kept),
            )
        return KeptConversation(chosen, now, now, 0, "")

    def page(self, limit: int, before: int | None = None) -> tuple[KeptConversation, ...]:
        """At most `limit` conversations last used before a time, the latest first.

        Raises:
            ConversationsUnreadable: if what is there is not ours.
        """
        if not self.place.exists():
            self.place.check_standing()
            return ()
        with self._changing() as connection:
            rows = connection.execute(
                LISTED + "AND updated < ? ORDER BY updated DESC LIMIT ?",
                (self._owner, NEVER if before is None else before, limit),
            )
            return tuple(KeptConversation(*row) for row in rows)

    def count(self) -> int:
        """How many are kept, whoever's they are.

        Raises:
            ConversationsUnreadable: if what is there is not ours.
        """
        if not self.place.exists():
            return 0
        with self.place.changing() as connection:
            counted: int = connection.execute("SELECT count(*) FROM conversations").fetchone()[0]
            return counted

    def get(self, conversation_id: str) -> tuple[KeptConversation, tuple[KeptTurn, ...]]:
        """A conversation with its turns, oldest first.

        Raises:
            ConversationNotFound: if there is none of that id.
            ConversationsUnreadable: if what is there is not ours.
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
            ConversationsUnreadable: if what is there is not ours.
        """
        with self._changing_one(conversation_id) as connection:
            self._check_room(connection, conversation_id)
            rows = connection.execute(
                "SELECT question, answer FROM turns WHERE conversation = ? ORDER BY ordinal",
                (conversation_id,),
            )
            return tuple((question, json.loads(answer)["answer"]) for question, answer in rows)

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
            ConversationsUnreadable: if what is there is not ours.
        """
        with self._changing_one(conversation_id) as connection:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))

    def _check_room(self, connection: Statements, conversation_id: str) -> int:
        """How many turns there are, if there may be another."""
        counted = "SELECT count(*) FROM turns WHERE conversation = ?"
        turns: int = connection.execute(counted, (conversation_id,)).fetchone()[0]
        if turns >= self._limits.max_turns:
            raise ConversationFull(
                f"the conversation has {turns:,} turns, as many as it may: start another one"
            )
        return turns

    @contextmanager
    def _changing_one(self, conversation_id: str) -> Iterator[Statements]:
        if self.place.exists():
            with self._changing() as connection:
                found = "SELECT 1 FROM conversations WHERE id = ? AND owner = ?"
                if connection.execute(found, (conversation_id, self._owner)).fetchone():
                    yield connection
                    return
        else:
            self.place.check_standing()
        raise ConversationNotFound(f"no conversation {conversation_id!r}: it is unknown, deleted or too old")

    @contextmanager
    def _changing(self) -> Iterator[Statements]:
        """A transaction, in which what is too old was swept."""
        with self.place.changing() as connection:
            oldest = self._clock() // 1000 - self._limits.max_days * DAY_MICROSECONDS
            connection.execute("DELETE FROM conversations WHERE updated < ?", (oldest,))
            yield connection

    def _next_time(self, connection: Statements) -> int:
        """Now, or just after the last change if the clock was set back meanwhile."""
        last: int = connection.execute("SELECT coalesce(max(updated), 0) FROM conversations").fetchone()[0]
        return max(self._clock() // 1000, last + 1)
