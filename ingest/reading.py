"""One pass over found files: what is new or changed is passed on, what cannot be read is named."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.batch import Batch, Tally
from ingest.discovery import Found
from ingest.documents import Skipped
from ingest.readers import Examined, FileReader, Item, examine
from ingest.store import FileRecord, Writing


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
        self, batch: Batch, writing: Writing, found: Sequence[Found], max_bytes: int, watch: Watch
    ) -> None:
        self._batch = batch
        self._writing = writing
        self._found = found
        self._max_bytes = max_bytes
        self._watch = watch
        self._claimed: dict[str, str] = {}
        self._files_read = 0
        self._passages = 0
        self._current = ""

    def read_all(self, reader: FileReader) -> Tally:
        """Reads every file, making documents live on the way."""
        self._batch.embedded = self._note_embedded
        # A reader may look ahead: what it is told of a file does not depend on the files before it.
        examined = (examine(file, self._writing.live, self._max_bytes) for file in self._found)
        for file, items in reader.read(examined, self._batch.needs):
            self._current = file.found.place
            self._report()
            self._settle(file, items)
            self._files_read += 1
        self._batch.flush()
        self._report()
        return self._batch.tally

    def _settle(self, file: Examined, items: Iterable[Item]) -> None:
        if file.record is None:
            self._skip(Skipped(file.found.place, file.refusal))
        elif file.is_unchanged:
            self._batch.tally.unchanged += len(self._writing.live.documents_of(file.record.origin))
        else:
            self._take_all(file.record, file.place, items)

    def _take_all(self, record: FileRecord, place: str, items: Iterable[Item]) -> None:
        taken = [self._take(item, place, record.origin) for item in items]
        ids = [document_id for document_id in taken if document_id]
        if len(ids) < len(taken):
            # What could not be read now may have been read before: that stays, and the file is tried again.
            record = replace(record, digest="")
            ids.extend(self._writing.live.documents_of(record.origin))
        self._batch.finish(record, ids)

    def _take(self, item: Item, place: str, origin: str) -> str | None:
        """Passes a document on; returns the id it holds, or None if it was skipped."""
        if isinstance(item, Skipped):
            self._skip(item)
            return None
        document_id = item.document.id
        owner = self._claimed.get(document_id) or self._writing.live.origin_of(document_id)
        if owner not in (None, origin) and Path(owner).exists():
            hint = f"{owner}; ingest a folder above both, so that ids differ"
            self._skip(Skipped(place, f"its id {document_id!r} belongs to another file", hint=hint))
            return None
        self._claimed[document_id] = origin
        self._batch.add(item, origin)
        return document_id

    def _skip(self, skipped: Skipped) -> None:
        self._batch.tally.skipped.append(skipped)

    def _note_embedded(self, passages: int) -> None:
        self._passages += passages
        self._report()

    def _report(self) -> None:
        self._watch(Progress(self._files_read, len(self._found), self._passages, self._current))
