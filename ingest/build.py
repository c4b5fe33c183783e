"""The story of reading: found files become live documents, batch by batch.

Order is everything: keys are journalled, vectors written, then one SQLite transaction makes the
documents live. What a killed process leaves behind stands in the journal and is swept at the next ingest.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.batch import Batch, Tally
from ingest.copies import NO_COPIES, Copies
from ingest.discovery import discover, roots_of
from ingest.documents import Skipped
from ingest.embedding import Embedder
from ingest.errors import IndexBusy
from ingest.fingerprint import META, check_fingerprint, fingerprint_of
from ingest.loading import SUFFIXES
from ingest.readers import FileReader, LocalReader
from ingest.reading import Progress, Reading, Watch, unwatched
from ingest.settings import IngestSettings
from ingest.store import INDEX_ID, Store, Writing
from ingest.vectors import VectorIndex, adopt, check_owner, new_index_id

__all__ = ["Builder", "IngestReport", "Progress", "Watch", "unwatched"]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Attributes:
        added, replaced, unchanged, removed: numbers of documents.
        shared: how many of the added or replaced ones have a text that was stored already.
        sentences, passages: newly stored.
        seconds: wall time.
        skipped: what was not ingested, and why; an earlier version of it stays.
        erased: what is left on disk of what was dropped, now or before; see `Builder.purge`.
    """

    added: int
    replaced: int
    unchanged: int
    removed: int
    shared: int
    sentences: int
    passages: int
    seconds: float
    skipped: tuple[Skipped, ...]
    erased: bool | None = True


class Builder:
    """Reads files into one index.

    Args:
        store: its book of record.
        vectors: its vectors.
        embedder: makes them.
        settings: what becomes a document, a passage and a vector.
        copies: told of every document that goes or changes.
        reader: reads files elsewhere than in this process.
    """

    def __init__(
        self,
        store: Store,
        vectors: VectorIndex,
        embedder: Embedder,
        settings: IngestSettings,
        copies: Copies = NO_COPIES,
        reader: FileReader | None = None,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._settings = settings
        self._copies = copies
        self._reader = reader or LocalReader(settings.max_bytes)

    def ingest(
        self,
        arguments: Sequence[str],
        *,
        watch: Watch = unwatched,
        prune: bool = False,
        rebuild: bool = False,
    ) -> IngestReport:
        """Reads what is new or changed under the arguments.

        Args:
            arguments: files, folders or glob patterns.
            watch: told of every file and every few passages.
            prune: also drop documents whose files are gone from there.
            rebuild: drop the old index first.

        Raises:
            IndexBusy: if another process is writing.
            IndexCorrupt: if the index is damaged, or the vectors are not its own.
            IndexMismatch: if the index was built with other settings.
            ClusterUnavailable: if the reader works on a cluster that was lost; what is live by then stays.
        """
        started = time.perf_counter()
        found, skipped = discover(arguments, _is_readable, self._store.folder)
        with self._store.writing(self._copies) as writing:
            gone = self._clear(writing, roots_of(arguments) if prune else ()) if rebuild else 0
            self._claim(writing)
            self._sweep(writing)
            reading = Reading(self._batch(writing), writing, found, self._settings.max_bytes, watch)
            tally = reading.read_all(self._reader)
            tally.removed += gone
            if prune:
                tally.removed += _prune(writing, roots_of(arguments))
            erased = self._erase(writing)
            self._vectors.finish()
        tally.skipped[:0] = skipped
        return replace(_report(tally, time.perf_counter() - started), erased=erased)

    def remove(self, document_ids: Sequence[str], files: Sequence[Path] = ()) -> bool | None:
        """Drops documents from the index, and deletes these files of theirs; others stay untouched.

        Returns what is left of them on disk, as `purge`.

        Raises:
            DocumentNotFound: if one of them is not there; then none is dropped.
            IndexBusy: if another process is writing.
        """
        with self._store.reading() as live:
            for document_id in document_ids:
                live.document(document_id)
        with self._store.writing(self._copies) as writing:
            for file in files:
                file.unlink(missing_ok=True)  # first: should we be killed now, they are pruned
            writing.remove(document_ids)
            return self._erase(writing)

    def purge(self) -> bool | None:
        """Deletes what is left on disk of dropped documents: after a change that was killed, or was hindered.

        Returns whether all is gone: True if so; False if somebody goes on reading what was before, so that
        it has to be done again; None if nobody finds it any more, and bytes of it may stay in the files of a
        server, whose owner has them vacuumed.

        Raises:
            IndexBusy: if another process is writing.
            IndexMissing: if there is no index.
        """
        with self._store.reading():
            pass
        with self._store.writing() as writing:
            return self._erase(writing)

    def _clear(self, writing: Writing, roots: Sequence[Path]) -> int:
        """Empties the index; documents whose files are gone from `roots` are dropped for good."""
        self._embedder.prepare()  # whoever cannot embed anew must not empty the index
        gone = _prune(writing, roots)
        writing.clear()
        return gone

    def _claim(self, writing: Writing) -> None:
        """Makes sure the index is of these settings, or becomes so now, and that the vectors are its own."""
        is_empty = not writing.live.count_documents()
        if is_empty:
            own = writing.live.index_id() or new_index_id()
            writing.set_meta(INDEX_ID, own)  # first: should we be killed, they are still ours to clear
            self._vectors.clear(own)  # of another model, perhaps, from before a rebuild
        fingerprint = fingerprint_of(self._embedder, self._settings)
        check_fingerprint(writing.live, fingerprint)
        writing.set_meta(META, fingerprint.to_json())
        index = writing.live.index_id()
        if is_empty or not index:
            adopt(self._vectors, writing)
        else:
            check_owner(self._vectors, index)

    def _erase(self, writing: Writing) -> bool | None:
        """Sweeps, and tells what that comes to; see `purge`."""
        if not self._sweep(writing):
            return False
        return True if self._store.erases and self._vectors.erases else None

    def _sweep(self, writing: Writing) -> bool:
        """Deletes what is left of dropped texts: vectors, words, bytes, and last their lines in the journal.

        Returns whether that was done; what was not stays in the journal, for the next time.
        """
        if pending := writing.pending():
            try:
                self._vectors.forget(pending)
                writing.erase()
            except IndexBusy:
                return False
            writing.settle(pending)
        return True

    def _batch(self, writing: Writing) -> Batch:
        budget = min(self._settings.passage_tokens, self._embedder.max_tokens)
        return Batch(
            writing, self._vectors, self._embedder, budget=budget, size=self._settings.batch_passages
        )


def _is_readable(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _prune(writing: Writing, roots: Sequence[Path]) -> int:
    """Drops documents whose files were once read from below `roots` and are gone."""
    gone = [
        file.origin
        for file in writing.live.files()
        if any(Path(file.origin).is_relative_to(root) for root in roots) and not Path(file.origin).exists()
    ]
    return sum(writing.forget_file(origin) for origin in gone)


def _report(tally: Tally, seconds: float) -> IngestReport:
    return IngestReport(
        added=tally.added,
        replaced=tally.replaced,
        unchanged=tally.unchanged,
        removed=tally.removed,
        shared=tally.shared,
        sentences=tally.sentences,
        passages=tally.passages,
        seconds=seconds,
        skipped=tuple(tally.skipped),
    )
