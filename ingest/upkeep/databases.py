"""Files of SQLite besides the book of record: whether they are sound, and moving them away."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from ingest.store.damage import is_damage

NEW = ".new"  # ends the name of a database that is being made
SIDES = ("", "-wal", "-shm", "-journal")  # a database, and what SQLite keeps beside it


def complaint(path: Path) -> str | None:
    """What SQLite finds wrong with a file first; None if it is sound."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            told = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    if broken:
        return f"a row of {broken[0]} points at none of {broken[2]}"
    return None if told == "ok" else told


def new_beside(database: Path) -> Path:
    """Where a database is made that is to take the place of a damaged one."""
    return database.with_name(database.name + NEW)


def is_cut_off(database: Path) -> bool:
    """Whether a finished new database waits to be put in its place: whoever did so was killed."""
    return not database.exists() and new_beside(database).exists()


def discard(database: Path) -> None:
    """Deletes a database that was begun and not finished."""
    for side in SIDES:
        database.with_name(database.name + side).unlink(missing_ok=True)


def put_in_place(database: Path, aside: Path) -> Path | None:
    """Puts the new database in the place of the damaged one; returns where that is now, if there was one."""
    new = new_beside(database)
    _flush(new)
    moved = move_aside(database, aside)  # itself first: that it is gone says that the new one is finished
    new.replace(database)
    _flush(database.parent)
    return moved


def move_aside(database: Path, aside: Path) -> Path | None:
    """Moves a database into a folder, itself first; returns where to, if there was one."""
    moved = None
    for side in SIDES:
        file = database.with_name(database.name + side)
        if file.exists():
            aside.mkdir(parents=True, exist_ok=True)
            gone = file.replace(aside / file.name)
            moved = moved or gone
    return moved


def _flush(path: Path) -> None:
    """Has the disk keep what was written, before something relies on it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
