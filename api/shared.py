"""What several servers over one database must agree on: API keys, jobs, and where uploaded files are."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ingest.errors import IndexMissing
from ingest.postgres import Database, PostgresConnection, check_layout, lay_out

PART = "serving"
LAYOUT = 1
SCHEMA = """
CREATE TABLE api_keys (
    name TEXT PRIMARY KEY, scope TEXT NOT NULL, created TIMESTAMPTZ NOT NULL, sha256 TEXT NOT NULL
);
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, server TEXT NOT NULL, told TEXT NOT NULL, is_over BOOLEAN NOT NULL,
    noted TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE agreed (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
READING = "BEGIN READ ONLY"
WRITING = "BEGIN"
NOTE = """
INSERT INTO jobs (id, server, told, is_over) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET told = excluded.told, is_over = excluded.is_over, noted = now()
"""
# They name documents, which may have been removed since.
FORGET = "DELETE FROM jobs WHERE noted < now() - interval '1 hour'"
JOB = "SELECT told, extract(epoch FROM now() - noted)::float8 FROM jobs WHERE id = ?"

KeyRow = tuple[str, str, dt.datetime, str]


class SharedTables:
    """The tables of one database; made when there is first something to keep in them.

    Raises everywhere:
        IndexCorrupt: if they are of a layout that is not ours.
        IndexUnreachable: if the database does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._are_made = False

    def keys(self) -> tuple[KeyRow, ...] | None:
        """Name, scope, time and hash of all keys, oldest first; None if there never was one."""
        rows = self._rows("SELECT name, scope, created, sha256 FROM api_keys ORDER BY created, name")
        if rows or self.agreed("keys"):
            return tuple((name, scope, created, sha256) for name, scope, created, sha256 in rows)
        return None

    def add_key(self, row: KeyRow) -> bool:
        """Adds a key; returns whether the name was free."""
        with self._writing() as connection:
            connection.execute("INSERT INTO agreed VALUES ('keys', 'asked for') ON CONFLICT DO NOTHING")
            added = connection.execute("INSERT INTO api_keys VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
            return added.rowcount == 1

    def drop_key(self, name: str) -> bool:
        """Takes a key away; returns whether there was one of that name."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM api_keys WHERE name = ?", (name,)).rowcount == 1

    def note_job(self, id_: str, server: str, told: str, *, is_over: bool) -> None:
        """Keeps what there is to tell of a job, and forgets those of which nothing was heard for an hour."""
        with self._writing() as connection:
            connection.execute(NOTE, (id_, server, told, is_over))
            connection.execute(FORGET)

    def note_life(self, server: str) -> None:
        """Says that a server with jobs that are not over still runs."""
        with self._writing() as connection:
            connection.execute("UPDATE jobs SET noted = now() WHERE server = ? AND NOT is_over", (server,))

    def job(self, id_: str) -> tuple[str, float] | None:
        """What is to be told of a job, and seconds since it was noted; None if none of that id is known."""
        rows = self._rows(
            "SELECT told, extract(epoch FROM now() - noted)::float8 FROM jobs WHERE id = ?", (id_,)
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def agree(self, name: str, value: str) -> str:
        """What was agreed on under a name; `value` if nothing was before."""
        with self._writing() as connection:
            connection.execute("INSERT INTO agreed VALUES (?, ?) ON CONFLICT DO NOTHING", (name, value))
            ((agreed,),) = connection.execute("SELECT value FROM agreed WHERE name = ?", (name,))
            return str(agreed)

    def agreed(self, name: str) -> str | None:
        """What was agreed on under a name; None if nothing was."""
        rows = self._rows("SELECT value FROM agreed WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple]:  # type: ignore[type-arg] # as psycopg
        try:
            with self._database.transaction(READING) as connection:
                check_layout(connection, PART, LAYOUT)
                return connection.execute(sql, values).fetchall()
        except IndexMissing:
            return []

    @contextmanager
    def _writing(self) -> Iterator[PostgresConnection]:
        if not self._are_made:
            with self._database.session() as session:
                lay_out(session, PART, LAYOUT, SCHEMA)
            self._are_made = True
        with self._database.transaction(WRITING) as connection:
            yield connection
