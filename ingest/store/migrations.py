"""Layouts of an SQLite file: its tables as they are made today, and the steps there from earlier ones.

Whoever changes the tables changes the schema and adds a step: an empty file and one of the first
layout then end up the same. The number of a file's layout stands in its `user_version`; 0 is empty.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Step = Callable[[sqlite3.Connection], None]


@dataclass(frozen=True, slots=True)
class Layout:
    """What a file's tables are to look like.

    Attributes:
        schema: makes them in an empty file, each statement ended by a semicolon and a line end.
        steps: the first leads from layout 1 to 2, the next from 2 to 3, and so on. A step runs inside
            a transaction, in which foreign keys are checked at the end only: it may make a table anew.
    """

    schema: str
    steps: tuple[Step, ...] = ()

    @property
    def version(self) -> int:
        """Number of today's layout."""
        return 1 + len(self.steps)

    def lay_out(self, connection: sqlite3.Connection) -> None:
        """Brings a file to today's layout in one transaction: who is killed meanwhile leaves it as it was.

        A later layout than ours is left alone: whoever opens the file refuses it.

        Args:
            connection: in autocommit; its foreign keys are enforced afterwards.

        Raises:
            sqlite3.Error: if a step fails; then nothing is changed.
        """
        if version_of(connection) >= self.version:
            return
        with _changing(connection):
            found = version_of(connection)
            if found >= self.version:  # somebody else was first
                return
            if found == 0:
                for statement in self.schema.split(";\n"):
                    connection.execute(statement)
            else:
                for step in self.steps[found - 1 :]:
                    step(connection)
            connection.execute(f"PRAGMA user_version = {self.version}")


def version_of(connection: sqlite3.Connection) -> int:
    """Number of a file's layout; 0 if it has no tables yet."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


@contextmanager
def _changing(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("PRAGMA foreign_keys = OFF")  # inside a transaction this would do nothing
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        if broken := connection.execute("PRAGMA foreign_key_check").fetchall():
            raise sqlite3.IntegrityError(f"{len(broken)} rows point at none, the first in {broken[0][0]}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA foreign_keys = ON")
