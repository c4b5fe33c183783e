"""Leaving nothing in a file: a row that SQLite deleted stands in it until its place is used again.

Neither `PRAGMA secure_delete` nor FTS5's own is enough: pages that were rebalanced keep copies of cells, and
an FTS5 index keeps the words of what was deleted until all its segments are merged. A file that is written
anew holds what is live, and nothing else.
"""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from ingest.errors import IndexBusy
from ingest.storage import PRIMARY

PATIENCE_MS = 30_000  # how long readers of what was before are waited for
BUSY = 3  # exit code


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
        if error.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY:
            raise
        busy = True
    if busy:
        raise IndexBusy(f"somebody is reading {what}: what was dropped stays in it for now")


def write_anew_apart(file: Path) -> None:
    """The same, for a file that another SQLite has open in this process: in a process of its own.

    Locks of a file are a process's: when one of two libraries closes it, the other's locks are gone, and
    files get damaged that way.

    Raises:
        IndexBusy: if somebody goes on reading what was before.
    """
    run = subprocess.run(  # noqa: S603 - our own module, in our own interpreter
        [sys.executable, "-m", "ingest.erasing", str(file)], capture_output=True, text=True, check=False
    )
    if run.returncode == BUSY:
        raise IndexBusy(f"somebody is reading {file}: what was dropped stays in it for now")
    if run.returncode:
        _, _, told = run.stderr.strip().rpartition("\n")
        raise OSError(f"{file} cannot be written anew: {told}")


def _main(file: str) -> int:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        try:
            write_anew(connection, file)
        except IndexBusy:
            return BUSY
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
