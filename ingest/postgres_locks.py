"""Locks that processes on several machines agree on: advisory locks of a PostgreSQL database."""

import hashlib
import threading
from contextlib import suppress

from ingest.errors import IndexUnreachable
from ingest.postgres import Database, PostgresConnection

TAKE = "SELECT pg_try_advisory_lock(?::int, ?::int)"
FREE = "SELECT pg_advisory_unlock(?::int, ?::int)"


class Locks:
    """Locks by name, each held by one thread of one process at a time.

    One connection holds all that a process has, and goes back to the others with the last of them. They are
    free when it ends, however that came about: whoever held one then goes on without.

    Args:
        database: those who share it share the locks.
        kind: first half of their keys; the other one is of the name.
    """

    def __init__(self, database: Database, kind: int) -> None:
        self._database = database
        self._kind = kind
        self._calls = threading.Lock()
        self._connection: PostgresConnection | None = None
        self._held: set[str] = set()

    def take(self, name: str) -> bool:
        """Takes a lock; returns whether it was free.

        Raises:
            IndexUnreachable: if the database does not answer.
        """
        with self._calls:
            if name in self._held:
                return False
            if self._connection is not None:
                with suppress(IndexUnreachable):  # it died, and another one may do
                    return self._try(self._connection, name)
            self._connection = self._database.begin("SELECT 1")
            return self._try(self._connection, name)

    def free(self, name: str) -> None:
        """Frees a lock that was taken; what is not held is no error."""
        with self._calls:
            if name not in self._held or self._connection is None:
                return
            with suppress(IndexUnreachable):  # the lock went with the connection
                self._run(self._connection, FREE, name)
                self._held.discard(name)
                self._give_back(self._connection)

    def _try(self, connection: PostgresConnection, name: str) -> bool:
        is_taken = self._run(connection, TAKE, name)
        if is_taken:
            self._held.add(name)
        self._give_back(connection)
        return is_taken

    def _run(self, connection: PostgresConnection, sql: str, name: str) -> bool:
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], signed=True)
        try:
            ((told,),) = connection.execute(sql, (self._kind, key))
        except BaseException:
            connection.raw.close()
            self._connection = None
            self._held.clear()
            raise
        return bool(told)

    def _give_back(self, connection: PostgresConnection) -> None:
        if not self._held:
            self._connection = None
            self._database.keep(connection)
