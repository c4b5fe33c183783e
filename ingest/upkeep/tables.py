"""Examining a book of record in a database, which is repaired by that database's own tools."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.documents import Passage
from ingest.errors import IndexCorrupt
from ingest.store import bm25
from ingest.store.postgres import PostgresStore
from ingest.upkeep.book import UNCERTAIN, examine_files, examine_texts
from ingest.upkeep.findings import Finding, Outcome
from ingest.upkeep.remains import Place, Remains
from ingest.upkeep.vectors import VectorCheck

NOT_OURS = (
    "PostgreSQL's own tools repair it, Pincite does not: restore a dump (pg_restore), or read your documents"
    " again (`pincite ingest --rebuild PATH…`)"
)


class Rows(Remains):
    """The rows of a book in a database, which reads what it holds, or says itself that it cannot."""

    def places(self) -> tuple[Place, ...]:
        """See `Remains.places`."""
        rows = self._connection.execute("SELECT id, origin, content FROM documents ORDER BY id")
        return tuple(Place(*row) for row in rows)

    def is_found(self, key: int, passages: Sequence[Passage]) -> bool:
        """See `Remains.is_found`."""
        return bm25.holds(self._connection, key, passages)


def examine_tables(store: PostgresStore, check: Callable[[], VectorCheck]) -> tuple[Finding, ...]:
    """What is wrong with an index whose book is in a database.

    Args:
        store: the book of record.
        check: looks at the vectors of a sound book.

    Raises:
        IndexCorrupt: if another version made it.
        IndexMissing: if there is none.
    """
    found = _examine_rows(store)
    if any(finding.part == "index" and finding.is_fault for finding in found):
        return found
    return (*found, *check().findings())


def check_tables(store: PostgresStore) -> Outcome:
    """Makes sure that a book can be gone by where vectors are mended; does nothing to it.

    Raises:
        IndexCorrupt: if it is not.
    """
    for finding in _examine_rows(store):
        if finding.part == "index" and finding.is_fault:
            raise IndexCorrupt(finding.told)
    return Outcome()


def _examine_rows(store: PostgresStore) -> tuple[Finding, ...]:
    with store.reading():  # there is one, and of our layout
        pass
    try:
        with store.looking() as connection:
            rows = Rows(connection)
            faults = tuple(
                replace(finding, told=f"{finding.told}: {NOT_OURS}", is_mended=False)
                for finding in examine_texts(rows)
            )
            return (*faults, *examine_files(rows))
    except IndexCorrupt as error:
        return (Finding("index", str(error), UNCERTAIN, is_mended=False),)
