"""The story of reading: found files become live documents, batch by batch.

Order is everything: keys are journalled, vectors written, then one SQLite transaction makes the
documents live. What a killed process leaves behind stands in the journal and is swept at the next ingest.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.batch import Batch, Tally
from ingest.discovery import Found, discover, roots_of
from ingest.documents import Document, Skipped
from ingest.embedding import Embedder
from ingest.errors import UnreadableDocument
from ingest.fingerprint import META, check_fingerprint, fingerprint_of
from ingest.loading import SUFFIXES, load
from ingest.loading.files import open_within
from ingest.settings import IngestSettings
from ingest.store import FileRecord, Store, Writing
from ingest.vectors import VectorIndex

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come: files read of those found, passages made, the file at hand."""

    files: int
    files_found: int
    passages: int
    current: str


Watch = Callable[[Progress], None]


def unwatched(progress: Progress) -> None:
    """Watches nothing."""


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Attributes:
        added, replaced, unchanged, removed: numbers of documents.
        shared: how many of the added or replaced ones have a text that was stored already.
        sentences, passages: newly stored.
        seconds: wall time.
        skipped: what was not ingested, and why; an earlier version of it stays.
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


class Builder:
    """Reads files into one index."""

    def __init__(
        self, store: Store, vectors: VectorIndex, embedder: Embedder, settings: IngestSettings
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._settings = settings

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
            IndexMismatch: if the index was built with other settings.
        """
        started = time.perf_counter()
        found, skipped = discover(arguments, _is_readable, self._store.folder)
        with self._store.writing() as writing:
            if rebuild:
                self._embedder.prepare()  # whoever cannot embed anew must not empty the index
                writing.clear()
            self._claim(writing)
            self._sweep(writing)
            reading = _Reading(self._batch(writing), writing, found, self._settings.max_file_mb, watch)
            tally = reading.read_all()
            if prune:
                tally.removed += _prune(writing, roots_of(arguments))
            self._sweep(writing)
            self._vectors.finish()
        tally.skipped[:0] = skipped
        return _report(tally, time.perf_counter() - started)

    def remove(self, document_ids: Sequence[str]) -> None:
        """Drops documents from the index; their files stay untouched.

        Raises:
            DocumentNotFound: if one of them is not there; then none is dropped.
            IndexBusy: if another process is writing.
        """
        with self._store.reading() as live:
            for document_id in document_ids:
                live.document(document_id)
        with self._store.writing() as writing:
            writing.remove(document_ids)
            self._sweep(writing)

    def _claim(self, writing: Writing) -> None:
        """Makes sure the index is of these settings, or becomes so now."""
        if not writing.live.counts()[0]:
            self._vectors.clear()  # of another model, perhaps, from before a rebuild
        fingerprint = fingerprint_of(self._embedder, self._settings)
        check_fingerprint(writing.live, fingerprint)
        writing.set_meta(META, fingerprint.to_json())

    def _sweep(self, writing: Writing) -> None:
        """Deletes vectors that are not live: first the vectors, then their lines in the journal."""
        if pending := writing.pending():
            self._vectors.forget(pending)
            writing.settle(pending)

    def _batch(self, writing: Writing) -> Batch:
        budget = min(self._settings.passage_tokens, self._embedder.max_tokens)
        return Batch(
            writing, self._vectors, self._embedder, budget=budget, size=self._settings.batch_passages
        )


class _Reading:
    """One pass over found files."""

    def __init__(
        self, batch: Batch, writing: Writing, found: Sequence[Found], max_file_mb: int, watch: Watch
    ) -> None:
        self._batch = batch
        self._writing = writing
        self._found = found
        self._max_bytes = max_file_mb * MEGABYTE
        self._watch = watch
        self._claimed: dict[str, str] = {}
        self._files_read = 0
        self._passages = 0
        self._current = ""

    def read_all(self) -> Tally:
        """Reads every file, making documents live on the way."""
        self._batch.embedded = self._note_embedded
        for file in self._found:
            self._current = file.place
            self._report()
            try:
                self._read(file)
            except UnreadableDocument as problem:
                self._skip(file.place, problem.reason)
            self._files_read += 1
        self._batch.flush()
        self._report()
        return self._batch.tally

    def _read(self, file: Found) -> None:
        record = self._record(file)
        if self._writing.live.file(record.origin) == record:
            self._batch.tally.unchanged += len(self._writing.live.documents_of(record.origin))
            return
        place = Found(file.path, Path(record.root)).place
        items = load(file.path, place, max_bytes=self._max_bytes)
        taken = [self._take(item, place, record.origin) for item in items]
        ids = [document_id for document_id in taken if document_id]
        if len(ids) < len(taken):
            # What could not be read now may have been read before: that stays, and the file is tried again.
            record = replace(record, digest="")
            ids.extend(self._writing.live.documents_of(record.origin))
        self._batch.finish(record, ids)

    def _record(self, file: Found) -> FileRecord:
        """The file as it is now; a file known already keeps the root its ids are relative to."""
        origin = str(file.path)
        known = self._writing.live.file(origin)
        with open_within(file.path, self._max_bytes) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return FileRecord(origin, known.root if known else str(file.root), digest)

    def _take(self, item: Document | Skipped, place: str, origin: str) -> str | None:
        """Passes a document on; returns the id it holds, or None if it was skipped."""
        if isinstance(item, Skipped):
            self._batch.tally.skipped.append(item)
            return None
        owner = self._claimed.get(item.id) or self._writing.live.origin_of(item.id)
        if owner not in (None, origin) and Path(owner).exists():
            hint = f"{owner}; ingest a folder above both, so that ids differ"
            self._batch.tally.skipped.append(
                Skipped(place, f"its id {item.id!r} belongs to another file", hint=hint)
            )
            return None
        self._claimed[item.id] = origin
        self._batch.add(item, origin)
        return item.id

    def _skip(self, place: str, reason: str) -> None:
        self._batch.tally.skipped.append(Skipped(place, reason))

    def _note_embedded(self, passages: int) -> None:
        self._passages += passages
        self._report()

    def _report(self) -> None:
        self._watch(Progress(self._files_read, len(self._found), self._passages, self._current))


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
