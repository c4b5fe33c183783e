"""Connections to one PostgreSQL database: opened from its address, and kept for whoever asks next.

What the server or the network says is told in our own errors here, and nowhere else.
"""

import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors
from pydantic import SecretStr

from ingest.errors import IndexCorrupt, IndexMissing, IndexUnreachable, IngestError
from ingest.postgres_address import options_of, place_of

MAX_IDLE = 8  # what a busy server asks at once; more are opened as needed, and closed again
LAYOUTS = "CREATE TABLE IF NOT EXISTS layouts (part TEXT PRIMARY KEY, version INTEGER NOT NULL)"
LAYING_OUT = 0x50494E43  # of the advisory lock under which tables are made
# Our queries are short: compiling one takes longer than running it. And what we lock is to be free within a
# minute when our machine is gone without a word.
OPTIONS = """SET jit = off;
SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"""
DAMAGED = (
    "its own tools repair it, Pincite does not: restore a dump (pg_restore), or ingest into another schema"
)

Row = tuple[Any, ...]


class PostgresConnection:
    """A connection in autocommit that takes SQL with `?` for values, as SQLite does.

    Raises everywhere:
        IndexUnreachable: if the server does not answer, or no longer.
        IndexMissing: if our tables are not there.
        IngestError: if the server refuses.
    """

    def __init__(self, raw: psycopg.Connection[Row], where: str) -> None:
        self.raw = raw
        self.where = where

    def execute(self, sql: str, values: Sequence[object] = ()) -> psycopg.Cursor[Row]:
        """Runs one statement; without values, several."""
        with told(self.where):
            return self.raw.execute(sql.replace("?", "%s").encode(), _storable(values))

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs one statement with each of the rows, without waiting for each."""
        with told(self.where), self.raw.cursor() as cursor:
            cursor.executemany(sql.replace("?", "%s").encode(), [_storable(row) or () for row in rows])


class Database:
    """One database, by its address.

    Args:
        address: as libpq takes it; what it leaves out comes from libpq's environment.

    Attributes:
        where: says which it is, without any secret.

    Raises:
        IngestError: if that is no address.
    """

    def __init__(self, address: SecretStr) -> None:
        self._options = options_of(address)
        self.where = place_of(self._options)
        self._idle: deque[psycopg.Connection[Row]] = deque()
        weakref.finalize(self, _close_all, self._idle)

    @contextmanager
    def transaction(self, begin: str) -> Iterator[PostgresConnection]:
        """A transaction begun with that statement, committed at the end unless something is raised.

        A connection that was kept may have died meanwhile: then another one is begun with.
        """
        connection = self.begin(begin)
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            with suppress(psycopg.Error):
                connection.raw.rollback()
            raise
        finally:
            self.keep(connection)

    @contextmanager
    def session(self) -> Iterator[PostgresConnection]:
        """A connection of one's own, closed at the end and with it all locks it holds."""
        connection = self._connect()
        try:
            yield connection
        finally:
            with suppress(psycopg.Error):  # else they go when the server notices: a moment later
                connection.raw.execute("SELECT pg_advisory_unlock_all()")
            connection.raw.close()

    def lay_out(self, part: str, version: int, schema: str) -> None:
        """See `lay_out`; the schema is as SQLite has it."""
        with self.session() as connection:
            lay_out(connection, part, version, dialect(schema))

    def begin(self, begin: str) -> PostgresConnection:
        """A connection on which that statement was run, to be given back to `keep`."""
        while (kept := self._kept()) is not None:
            with suppress(IndexUnreachable):
                return self._began(kept, begin)
        return self._began(self._connect(), begin)

    def _kept(self) -> PostgresConnection | None:
        try:
            return PostgresConnection(self._idle.pop(), self.where)
        except IndexError:  # not asked before: another thread may take the last one
            return None

    def _began(self, connection: PostgresConnection, begin: str) -> PostgresConnection:
        try:
            connection.execute(begin)
        except BaseException:
            connection.raw.close()
            raise
        return connection

    def keep(self, connection: PostgresConnection) -> None:
        """Keeps a connection for whoever begins next, if it can be used."""
        raw = connection.raw
        idle = raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if idle and len(self._idle) < MAX_IDLE:
            self._idle.append(raw)
        else:
            raw.close()

    def _connect(self) -> PostgresConnection:
        with told(self.where, self._options.get("password")):
            raw = psycopg.connect(**self._options, autocommit=True)
            encoding = raw.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raw.close()
                raise IngestError(
                    f"{self.where} keeps texts as {encoding}, which not all are: make one with"
                    " `createdb --encoding UTF8 --template template0`"
                )
            raw.execute(OPTIONS)
        return PostgresConnection(raw, self.where)


def dialect(schema: str) -> str:
    """Tables described for SQLite, in PostgreSQL's words; texts sort by code points, as there."""
    return (
        schema.replace(" WITHOUT ROWID", "")
        .replace(" TEXT", ' TEXT COLLATE "C"')
        .replace(" INTEGER", " BIGINT")
        .replace("id BIGINT PRIMARY KEY", "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
    )


def lay_out(connection: PostgresConnection, part: str, version: int, schema: str) -> None:
    """Makes the tables of one part of ours where they are missing, in one transaction.

    Args:
        connection: outside a transaction.
        part: names them.
        version: of their layout.
        schema: makes them.

    Raises:
        IndexCorrupt: if they have another layout, or others stand under their names.
    """
    connection.execute("BEGIN")
    try:
        connection.execute("SELECT pg_advisory_xact_lock(?)", (LAYING_OUT,))  # nobody else meanwhile
        connection.execute(LAYOUTS)
        found = connection.execute("SELECT version FROM layouts WHERE part = ?", (part,)).fetchone()
        if found is None:
            connection.execute(schema)
            connection.execute("INSERT INTO layouts VALUES (?, ?)", (part, version))
        connection.execute("COMMIT")
    except BaseException:
        with suppress(psycopg.Error):
            connection.raw.rollback()
        raise
    check_layout(connection, part, version)


def check_layout(connection: PostgresConnection, part: str, version: int) -> None:
    """Makes sure that the tables of a part are as we know them.

    Raises:
        IndexCorrupt: if they have another layout.
        IndexMissing: if there are none.
    """
    row = connection.execute("SELECT version FROM layouts WHERE part = ?", (part,)).fetchone()
    if row is None:
        raise _missing(connection.where)
    if row[0] != version:
        raise IndexCorrupt(
            f"{connection.where} has layout {row[0]}, and this Pincite knows {version}: use the one that made"
            " it, or another database"
        )


@contextmanager
def told(where: str, password: str | None = None) -> Iterator[None]:
    """Tells in our errors what PostgreSQL says; a breach of its constraints and faulty SQL are bugs and stay.

    Args:
        where: which database it is.
        password: never repeated.
    """
    try:
        yield
    except errors.UndefinedTable as error:
        raise _missing(where) from error
    except errors.DuplicateTable as error:
        raise IndexCorrupt(
            f"{where} has tables of others: {_first_line(error)}; use another database"
        ) from error
    except (errors.DataCorrupted, errors.IndexCorrupted) as error:
        raise IndexCorrupt(f"{where} is damaged ({_first_line(error)}): {DAMAGED}") from error
    except (errors.InsufficientPrivilege, errors.InvalidSchemaName) as error:
        raise IngestError(f"{where} refuses: {_first_line(error)}") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        said = _first_line(error)
        if password and password in str(error):
            raise IndexUnreachable(f"{where} cannot be used now: {said.replace(password, '…')}") from None
        raise IndexUnreachable(f"{where} cannot be used now: {said}") from error


def _storable(values: Sequence[object]) -> list[object] | None:
    """What PostgreSQL can keep: no NUL, which our documents do not hold either, but a question may."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values] or None


def _missing(where: str) -> IndexMissing:
    return IndexMissing(f"no index in {where}: run `pincite ingest PATH…` first")


def _first_line(error: psycopg.Error) -> str:
    return str(error).strip().partition("\n")[0]


def _close_all(idle: deque[psycopg.Connection[Row]]) -> None:
    while idle:
        idle.pop().close()
