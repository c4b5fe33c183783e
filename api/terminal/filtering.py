"""Filters as flags give them."""

from collections.abc import Sequence
from datetime import datetime

from ingest.store import Filters


def filters(
    documents: Sequence[str] | None,
    sources: Sequence[str] | None,
    since: datetime | None,
    until: datetime | None,
) -> Filters:
    """The filters for `--document`, `--source`, `--from` and `--to`."""
    return Filters(
        tuple(documents or ()),
        tuple(sources or ()),
        since.date() if since else None,
        until.date() if until else None,
    )
