"""Examining a book of record that is a file: pages, lexical index, and whether every text is whole."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ingest.errors import IndexCorrupt
from ingest.store.damage import is_damage
from ingest.store.migrations import version_of
from ingest.store.sqlite import LAYOUT, SqliteStore
from ingest.upkeep.findings import Finding, Part, counted
from ingest.upkeep.remains import UNREAD, Place, Remains, Unfit, open_remains

NAMED = 5  # documents of a kind that are named one by one
LEXICAL = ("lexical_data", "lexical_idx", "lexical_content", "lexical_docsize", "lexical_config")
UNCERTAIN = "what is asked may fail, or be answered from less than there is"
SHORT = "searches by words find less, or what is not there"


def examine_book(store: SqliteStore) -> tuple[Finding, ...]:
    """What is wrong with the book of record.

    Raises:
        IndexCorrupt: if a later version made it.
        IndexMissing: if there is none.
    """
    try:
        with store.reading():  # an earlier layout is brought up to today's first
            pass
    except IndexCorrupt as error:
        if _is_later(store.path):
            raise
        return (Finding("index", str(error), "no question can be answered"),)
    found = _examine_file(store)
    if any(finding.part == "index" for finding in found):
        return found
    with open_remains(store.path) as remains:
        return (*found, *examine_texts(remains), *examine_files(remains))


def _is_later(path: Path) -> bool:
    """Whether the file is of a later layout than ours, and so not ours to repair."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return version_of(connection) > LAYOUT.version
    except sqlite3.DatabaseError:
        return False


def _examine_file(store: SqliteStore) -> tuple[Finding, ...]:
    """What SQLite itself finds wrong."""
    uri = f"{store.path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10)) as connection:
        complaints = _complaints(connection, "PRAGMA integrity_check")
        if complaints:
            inside = any(_complaints(connection, f"PRAGMA integrity_check({name})") for name in LEXICAL)
            part: Part = "lexical index" if inside and _others_are_sound(connection) else "index"
            return (Finding(part, f"{store.path} is damaged: {complaints[0]}", UNCERTAIN),)
        return (*_foreign_keys(connection), *_lexical(connection))


def _others_are_sound(connection: sqlite3.Connection) -> bool:
    """Whether nothing but the lexical index is damaged."""
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    others = [name for (name,) in rows if not name.startswith("lexical")]
    return not any(_complaints(connection, f"PRAGMA integrity_check({name})") for name in others)


def _complaints(connection: sqlite3.Connection, pragma: str) -> list[str]:
    try:
        told = [str(row[0]) for row in connection.execute(pragma)]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return [str(error)]
    # Since SQLite 3.44 this looks into the lexical index as well, which is looked at by itself below.
    return [line for line in told if line != "ok" and "main.lexical" not in line]


def _foreign_keys(connection: sqlite3.Connection) -> Iterator[Finding]:
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    if broken:
        told = f"{counted(len(broken), 'document')} without a text"
        yield Finding("index", told, "they are listed and cannot be shown")


def _lexical(connection: sqlite3.Connection) -> Iterator[Finding]:
    try:
        connection.execute("INSERT INTO lexical (lexical) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        yield Finding("lexical index", f"the lexical index is damaged ({error})", SHORT)


def examine_texts(remains: Remains) -> Iterator[Finding]:
    """Whether every text is the one stored, cut into sentences and passages, and in the lexical index."""
    unfit: list[str] = []
    unfound: list[str] = []
    done: dict[int, str | None] = {}
    for place in remains.places():
        if place.content not in done:
            done[place.content] = _wrong_with(remains, place, unfound)
        if why := done[place.content]:
            unfit.append(f"{place.id} ({why})")
    if unfit:
        yield Finding("index", f"texts that are not whole: {_some(unfit)}", "they are not to be cited")
    if unfound:
        yield Finding("lexical index", f"texts that are not found by their words: {_some(unfound)}", SHORT)
    if orphans := remains.orphans():
        told = f"{counted(orphans, 'row')} of texts that no document has"
        yield Finding("index", told, "the index seems to hold more than it does")


def _wrong_with(remains: Remains, place: Place, unfound: list[str]) -> str | None:
    try:
        prepared = remains.prepared(place.content, remains.document(place.id))
    except Unfit as error:
        return str(error)
    if not remains.is_found(place.content, prepared.passages):
        unfound.append(place.id)
    return None


def examine_files(remains: Remains) -> Iterator[Finding]:
    """Whether files wait to be read again, or texts to be swept."""
    if unread := [file.origin for file in remains.files() if file.digest == UNREAD]:
        told = f"a repair was cut off before it had read again: {_some(unread)}"
        yield Finding("files", told, "what they hold may not be found")
    if pending := remains.pending():
        told = f"{counted(pending, 'text')} half-done or dropped"
        yield Finding("vectors", told, "the next ingest sweeps their vectors", is_fault=False)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
