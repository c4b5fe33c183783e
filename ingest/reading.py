"""One pass over found files: what is new or changed is passed on, what cannot be read is named."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.batch import Batch, Tally
from ingest.discovery import Found
from ingest.documents import Document, Skipped
from ingest.errors import UnreadableDocument
from ingest.loading import load
from ingest.loading.files import open_within
from ingest.store import FileRecord, Writing

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


class Reading:
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
