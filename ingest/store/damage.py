"""Telling a damaged SQLite file from whatever else SQLite may complain of."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from ingest.errors import MEND, IndexCorrupt
from ingest.storage import PRIMARY

MALFORMED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is to blame, not a full disk, a lock or our SQL."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # told by Python's module, which takes a text only if it is UTF-8
        return "decode to UTF-8" in str(error)
    return code & PRIMARY in MALFORMED


@contextmanager
def damage_told(what: object) -> Iterator[None]:
    """Whoever meets damage inside is told what is damaged, and what to do.

    Raises:
        IndexCorrupt: in place of the error of SQLite's.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        raise IndexCorrupt(f"{what} is damaged ({error}): {MEND}") from error


@contextmanager
def rows_fit() -> Iterator[None]:
    """Rows that SQLite reads and that cannot be are damage, too.

    Raises:
        IndexCorrupt: in place of the error of whoever was given them.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        raise IndexCorrupt(f"the index holds what cannot be ({error}): {MEND}") from error
