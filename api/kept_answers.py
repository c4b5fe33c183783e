"""The answers in kept conversations, as copies of the documents they rest on (`ingest.copies`)."""

import datetime as dt
from contextlib import closing
from pathlib import Path

from api.conversations import FILE_NAME, connect
from api.withdrawing import withdraw
from ingest.copies import Dropped
from ingest.erasing import write_anew


class KeptAnswers:
    """Everybody's, in one index folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def forget(self, dropped: Dropped) -> None:
        """See `ingest.copies.Copies.forget`: answers lose what removed documents said.

        Raises:
            ConversationsUnreadable: if the file is not one of ours.
            IndexBusy: if another process keeps the file to itself.
        """
        if not dropped.removed or not self._path.is_file():
            return
        at = dt.datetime.now(dt.UTC).replace(microsecond=0)
        with closing(connect(self._path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            changed = withdraw(connection, dropped.removed, at)
            connection.execute("COMMIT")
            if changed:
                write_anew(connection, str(self._path))
