"""Opening what several servers share, where the settings name a database."""

from typing import TYPE_CHECKING

from ingest.assembly import open_database
from ingest.settings import IndexSettings

if TYPE_CHECKING:
    from api.job_board import JobBoard
    from api.shared import SharedTables


def open_shared(settings: IndexSettings) -> "SharedTables | None":
    """The tables that servers share; None where the index is files, and the server the only one over it.

    Raises:
        IngestError: if the address of the database is none, or what reaches it is not installed.
    """
    if settings.storage.book is None:
        return None
    database = open_database(settings.storage.book)
    from api.shared import SharedTables  # needs what reaches a database, which is an extra

    return SharedTables(database)


def open_board(shared: "SharedTables | None") -> "JobBoard | None":
    """What tells other servers of our jobs, where there may be others."""
    if shared is None:
        return None
    from api.job_board import JobBoard  # needs what reaches a database, too

    return JobBoard(shared)
