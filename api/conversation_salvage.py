"""Conversations read out of a damaged file into a new one, as far as they can be."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from api.conversation_layout import LAYOUT
from ingest.upkeep.databases import discard, is_cut_off, new_beside, put_in_place
from ingest.upkeep.findings import Outcome, counted

Conversation = tuple[str, str, int, int]
Turn = tuple[str, int, int, str, str]
KEPT = "SELECT id, owner, created, updated FROM conversations ORDER BY id {}"
TURNS = "SELECT conversation, ordinal, concluded, question, answer FROM turns ORDER BY rowid {}"


def mend_conversations(path: Path, aside: Path) -> Outcome:
    """Puts a new file in the place of a damaged one. To be killed at any moment, and run again."""
    if is_cut_off(path):
        put_in_place(path, aside)
        return Outcome(("a repair of the conversations that had been cut off was gone on with",))
    new = new_beside(path)
    discard(new)
    with closing(sqlite3.connect(new, isolation_level=None)) as connection:
        LAYOUT.lay_out(connection)
        connection.execute("BEGIN")
        kept = _copy(path, connection)
        connection.execute("COMMIT")
    moved = put_in_place(path, aside)
    return Outcome(
        (f"{counted(kept, 'conversation')} read from the damaged file, which was moved to {moved}",),
        ("of the conversations, turns and names that could not be read: nothing tells which",),
    )


def _copy(damaged: Path, into: sqlite3.Connection) -> int:
    """Copies conversations, each up to the first turn that is missing; returns how many there are."""
    uri = f"{damaged.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        kept: list[Conversation] = sorted(_rows(connection, KEPT))
        turns: list[Turn] = sorted(_rows(connection, TURNS))
    into.executemany("INSERT OR IGNORE INTO conversations VALUES (?, ?, ?, ?)", kept)
    lengths = {row[0]: 0 for row in into.execute("SELECT id FROM conversations")}
    for turn in turns:
        if lengths.get(turn[0]) == turn[1]:
            into.execute("INSERT INTO turns VALUES (?, ?, ?, ?, ?)", turn)
            lengths[turn[0]] += 1
    return len(lengths)


def _rows(connection: sqlite3.Connection, sql: str) -> set[Any]:
    """Rows from both ends up to what cannot be read."""
    return {row for way in ("ASC", "DESC") for row in _readable(connection, sql.format(way))}


def _readable(connection: sqlite3.Connection, sql: str) -> Iterator[Any]:
    try:
        yield from connection.execute(sql)
    except sqlite3.DatabaseError:
        return
