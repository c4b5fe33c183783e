"""The answers in kept conversations, as copies of the documents they rest on (`ingest.copies`)."""

import datetime as dt
import json
import re

from api.conversation_places import Place
from api.withdrawing import withdraw
from ingest.copies import Dropped
from ingest.store.connection import Statements


class KeptAnswers:
    """Everybody's, in the place where an index keeps its conversations."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def forget(self, dropped: Dropped) -> None:
        """See `ingest.copies.Copies.forget`: answers lose what removed documents said.

        Raises:
            ConversationsUnreadable: if what is there is not ours.
            IndexBusy: if another process keeps the file to itself.
        """
        if not dropped.removed or not self._place.exists():
            return
        at = dt.datetime.now(dt.UTC).replace(microsecond=0)
        with self._place.changing() as connection:
            named = _naming(connection, dropped)
            changed = [withdraw(connection, each, dropped.removed, at) for each in named]
        if any(changed):
            self._place.erase()


def _naming(connection: Statements, dropped: Dropped) -> list[str]:
    """Conversations in which a removed document's id stands somewhere."""
    named = [f"%{_escaped(json.dumps(each, ensure_ascii=False))}%" for each in sorted(dropped.removed)]
    sql = "SELECT DISTINCT conversation FROM turns WHERE answer LIKE ? ESCAPE '!'"
    found = (row[0] for pattern in named for row in connection.execute(sql, (pattern,)).fetchall())
    return list(dict.fromkeys(found))


def _escaped(text: str) -> str:
    """The text as it stands in a LIKE pattern."""
    return re.sub(r"[!%_]", r"!\g<0>", text)
