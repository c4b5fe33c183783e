"""The story of a repair: the book, which says what there is, then the vectors, then files read again."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ingest.build import Builder, Watch, unwatched
from ingest.embedding import Embedder
from ingest.errors import IndexCorrupt, IndexMissing
from ingest.fingerprint import Fingerprint, check_fingerprint
from ingest.store import Store
from ingest.store.sqlite import SqliteStore
from ingest.upkeep.book import examine_book
from ingest.upkeep.databases import is_cut_off
from ingest.upkeep.findings import Finding, Outcome, counted
from ingest.upkeep.remains import UNREAD
from ingest.upkeep.salvage import LOST, remake_book
from ingest.upkeep.vectors import VectorCheck, mend_vectors
from ingest.vectors import VectorIndex

Check = Callable[[], VectorCheck]
REFUSED = "no question can be answered"


def examine(store: SqliteStore, vectors: VectorIndex, check: Check) -> tuple[Finding, ...]:
    """What is wrong with the two halves of an index.

    Args:
        store: the book of record.
        vectors: of its passages.
        check: looks at the vectors of a sound book.

    Raises:
        IndexCorrupt: if a later version made it, so that nothing can be said about it.
        IndexMissing: if there is none.
    """
    if is_cut_off(store.path):
        return (Finding("index", "a repair was cut off", REFUSED),)
    if _is_gone(store):
        if not vectors.exists():
            raise IndexMissing(f"no index in {store.folder}: run `pincite ingest PATH…` first")
        return (Finding("index", f"there is no {store.path}", REFUSED),)
    found = examine_book(store)
    if any(finding.part == "index" and finding.is_fault for finding in found):
        return found
    return (*found, *check().findings())


def _is_gone(store: SqliteStore) -> bool:
    try:
        with store.reading():
            return False
    except IndexMissing:  # a file of no bytes is an empty database to SQLite
        return True
    except IndexCorrupt:
        return False


def mend_file(store: SqliteStore, embedder: Embedder, fingerprint: Fingerprint, aside: Path) -> Outcome:
    """Sets a book of record right that is a file, or leaves it as it is where it is sound.

    Args:
        store: the book.
        embedder: as for `remake_book`.
        fingerprint: likewise.
        aside: folder to which a damaged book is moved.

    Raises:
        IndexBusy: if another process is writing.
        IndexCorrupt: if a later version made it.
    """
    _is_gone(store)  # brings an earlier layout up to date, before we hold its lock
    with store.alone():
        whole = not is_cut_off(store.path) and not _is_gone(store)
        faults = [finding.part for finding in examine_book(store)] if whole else ["index"]
        if not {"index", "lexical index"} & set(faults):
            return Outcome()
        return remake_book(store, embedder, fingerprint, aside, reread="index" in faults)


class Repair:
    """Repairs one index. To be killed at any moment, and run again.

    Args:
        store, vectors: the two halves.
        mend_book: sets right what can be in the first of them.
        embedder: the model the index was built with.
        builder: reads files again, into the same halves.
        check: looks at the vectors of a sound book.
        fingerprint: of the settings.
        aside: folder, not there yet, for what is damaged.
    """

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        mend_book: Callable[[], Outcome],
        embedder: Embedder,
        builder: Builder,
        check: Check,
        fingerprint: Fingerprint,
        aside: Path,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._mend_book = mend_book
        self._embedder = embedder
        self._builder = builder
        self._check = check
        self._fingerprint = fingerprint
        self.aside = aside

    def run(self, arguments: Sequence[str], watch: Watch = unwatched) -> Outcome:
        """Sets right what can be.

        Args:
            arguments: further files, folders or glob patterns to read.
            watch: told of what is read.

        Raises:
            IndexBusy: if another process is writing.
            IndexCorrupt: if a later version made the index, or its book is not ours to repair.
            IndexMismatch: if it was built with other settings.
            IndexRefused: if another index has its vectors where these should be.
            ModelUnavailable: if the embedding model cannot be had.
        """
        told = self._mend_book()
        with self._store.reading() as live:
            check_fingerprint(live, self._fingerprint)
        found = self._check()
        if found.findings():
            told += mend_vectors(
                self._store, self._vectors, self._embedder, self.aside, usable=not found.unusable
            )
        return told + self._read_again(arguments, watch)

    def _read_again(self, arguments: Sequence[str], watch: Watch) -> Outcome:
        """Reads the files of which documents may be lost, and says which could not be brought back."""
        with self._store.reading() as live:
            unread = [file.origin for file in live.files() if file.digest == UNREAD]
        again = [*(origin for origin in unread if Path(origin).exists()), *arguments]
        told = Outcome()
        if again:
            report = self._builder.ingest(again, watch=watch)
            read = report.added + report.replaced
            done = (f"{counted(read, 'document')} read again from files",) if read else ()
            told = Outcome(done, tuple(map(str, report.skipped)))
        return told + self._conclude()

    def _conclude(self) -> Outcome:
        """Names what is lost, and forgets that it is: whoever has the file back ingests it."""
        with self._store.writing() as writing:
            live = writing.live
            lost = [
                f"{id_}: it could not be read, and {_told(origin)}"
                for id_, origin in json.loads(live.meta(LOST) or "{}").items()
                if live.origin_of(id_) is None
            ]
            for file in live.files():
                if file.digest == UNREAD:
                    writing.finish_file(replace(file, digest=""), live.documents_of(file.origin))
            writing.set_meta(LOST, "{}")
        return Outcome(lost=tuple(lost))


def _told(origin: str) -> str:
    if not origin:
        return "nothing says which file it came from"
    return f"{origin} no longer holds it" if Path(origin).exists() else f"{origin} is gone"
