"""The book of record: documents, sentences, the lexical index, and the journal.

Readers take a snapshot; one writes at a time. Two engines hold it: SQLite, in one file, and PostgreSQL.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import ClassVar, Protocol

from ingest.copies import NO_COPIES, Copies
from ingest.store.records import (
    EVERYTHING,
    DocumentSummary,
    FileRecord,
    Filters,
    PassageKey,
    Pending,
    PreparedDocument,
    StoredPassage,
)
from ingest.store.snapshot import INDEX_ID, Snapshot
from ingest.store.writing import Entry, Writing

__all__ = [
    "EVERYTHING",
    "INDEX_ID",
    "DocumentSummary",
    "Entry",
    "FileRecord",
    "Filters",
    "PassageKey",
    "Pending",
    "PreparedDocument",
    "Snapshot",
    "Store",
    "StoredPassage",
    "Writing",
]


class Store(Protocol):
    """Opens snapshots and the write side of the book of record.

    Attributes:
        folder: the index folder, which holds uploads, models and vectors wherever the book is.
        erases: whether what is erased leaves the disk; in a server's files bytes of it stay for a while.
    """

    folder: Path
    erases: ClassVar[bool]

    def exists(self) -> bool:
        """Whether something was ever ingested."""

    def reading(self) -> AbstractContextManager[Snapshot]:
        """A snapshot of what is live; sees nothing that is written meanwhile.

        Raises:
            IndexMissing: if nothing was ever ingested.
            IndexCorrupt: if what is there is not an index of ours.
            IndexUnreachable: if a database does not answer, now or inside.
            StorageUnavailable: if the machine does not let files be opened or written, now or inside.
        """

    def is_being_written(self) -> bool:
        """Whether somebody holds the write side now; a moment later it may be otherwise."""

    def writing(self, copies: Copies = NO_COPIES) -> AbstractContextManager[Writing]:
        """The write side, creating the folder and the tables where they are missing.

        Args:
            copies: told of every document that goes or changes.

        Raises:
            IndexBusy: if another process is writing.
            IndexCorrupt: if what is there is not an index of ours.
            IndexUnreachable: if a database does not answer, now or inside.
            StorageUnavailable: if the machine does not let files be opened or written, now or inside.
        """

    def bytes_on_disk(self) -> int:
        """What documents, sentences and lexical index take."""
