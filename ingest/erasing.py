"""Leaving nothing in a file: a row that SQLite deleted stands in it until its place is used again.

Neither `PRAGMA secure_delete` nor FTS5's own is enough: pages that were rebalanced keep copies of cells, and
an FTS5 index keeps the words of what was deleted until all its segments are merged. A file that is written
anew holds what is live, and nothing else.
"""

import sqlite3

from ingest.errors import IndexBusy

PATIENCE_MS = 30_000  # how long readers of what was before are waited for


def write_anew(connection: sqlite3.Connection, what: str) -> None:
    """Writes a database anew, without what was deleted, and empties its log.

    Args:
        connection: outside a transaction.
        what: the file, for the message.

    Raises:
        IndexBusy: if somebody goes on reading what was before; run again, it is done.
    """
    try:
        (before,) = connection.execute("PRAGMA busy_timeout").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_MS}")
        connection.execute("VACUUM")
        # Pages of the old file stay in the log, and in the file itself, while a reader may need them.
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        connection.execute(f"PRAGMA busy_timeout = {before}")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        busy = True
    if busy:
        raise IndexBusy(f"somebody is reading {what}: what was dropped stays in it for now")
