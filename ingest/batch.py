"""One step of an ingest: documents that were read wait here until they become live together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from ingest.documents import Document, Skipped, embedded_text
from ingest.embedding import Embedder, Vectors
from ingest.errors import DocumentNotFound
from ingest.readers import Fresh, Readied, prepare_document
from ingest.store import Entry, FileRecord, PassageKey, PreparedDocument, Snapshot, Writing
from ingest.vectors import VectorIndex

EMBED_SLICE = 128  # passages between two reports of progress


@dataclass(slots=True)
class Tally:
    """Counts what happened, for the report."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
    shared: int = 0
    sentences: int = 0
    passages: int = 0
    skipped: list[Skipped] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A document that was read; `fresh` unless its text is stored or waits already."""

    document: Document
    origin: str
    fresh: Fresh | None


class Batch:
    """Collects documents and makes them live together.

    Args:
        writing: write side of the store.
        vectors: where passage vectors go.
        embedder: makes them.
        budget: size of a passage in tokens.
        size: passages after which the batch is flushed.

    Attributes:
        tally: what happened so far.
        embedded: called with the number of passages that were just embedded.
    """

    def __init__(
        self,
        writing: Writing,
        vectors: VectorIndex,
        embedder: Embedder,
        *,
        budget: int,
        size: int,
    ) -> None:
        self._writing = writing
        self._vectors = vectors
        self._embedder = embedder
        self._budget = budget
        self._size = size
        self.tally = Tally()
        self.embedded: Callable[[int], None] = lambda _: None
        self._waiting: list[Waiting] = []
        self._versions: set[str] = set()  # of the texts that wait
        self._passages = 0
        self._files: list[tuple[FileRecord, tuple[str, ...]]] = []

    def needs(self, document: Document) -> bool:
        """Whether the document would have to be split and embedded if it were added now."""
        return _live(self._writing.live, document.id) != document and not self._is_stored(document)

    def add(self, readied: Readied, origin: str) -> None:
        """Takes a document in, unless it is live exactly so; flushes when the batch is full."""
        document = readied.document
        before = _live(self._writing.live, document.id)
        if before == document:
            self.tally.unchanged += 1
            return
        fresh = None if self._is_stored(document) else readied.fresh or self._prepare(document)
        self._waiting.append(Waiting(document, origin, fresh))
        self._versions.add(document.version)
        self._count(before, fresh)
        if self._passages >= self._size:
            self.flush()

    def finish(self, file: FileRecord, document_ids: Iterable[str]) -> None:
        """Notes that a file was read to its end; recorded once its documents are live."""
        self._files.append((file, tuple(document_ids)))

    def flush(self) -> None:
        """Writes vectors, then makes everything that waits live in one transaction."""
        if self._waiting:
            fresh = [waiting.fresh for waiting in self._waiting if waiting.fresh]
            prepared = [one.prepared for one in fresh]
            reserved = self._writing.reserve([len(one.passages) for one in prepared])
            self._store_vectors(reserved, fresh)
            self._writing.make_live(self._entries(reserved, prepared))
        for file, ids in self._files:
            self.tally.removed += self._writing.finish_file(file, ids)
        self._waiting, self._files = [], []
        self._versions, self._passages = set(), 0

    def _is_stored(self, document: Document) -> bool:
        """Whether the text need not be split and embedded again."""
        if document.version in self._versions:
            return True
        live = self._writing.live
        key = live.holding(document.version)
        if key is None:
            return False
        # The title is embedded with every passage: a sole owner that changed it is read afresh.
        return live.title_of(key) == document.title or live.owners(key) != (document.id,)

    def _prepare(self, document: Document) -> Fresh:
        return Fresh(prepare_document(document, self._embedder, self._budget))

    def _count(self, before: Document | None, fresh: Fresh | None) -> None:
        tally = self.tally
        tally.added += before is None
        tally.replaced += before is not None
        tally.shared += fresh is None
        if fresh is not None:
            tally.sentences += len(fresh.prepared.sentences)
            tally.passages += len(fresh.prepared.passages)
            self._passages += len(fresh.prepared.passages)

    def _store_vectors(self, reserved: Sequence[int], fresh: Sequence[Fresh]) -> None:
        keys = [
            PassageKey(content, passage.ordinal)
            for content, one in zip(reserved, fresh, strict=True)
            for passage in one.prepared.passages
        ]
        if keys:
            self._vectors.upsert(keys, np.stack([*self._rows(fresh)]))

    def _rows(self, fresh: Sequence[Fresh]) -> Iterator[Vectors]:
        """One vector of shape `(dimensions,)` for each passage, in order; made now unless it came along."""
        made = self._embed(
            [
                embedded_text(passage.context, passage.text)
                for one in fresh
                if one.vectors is None
                for passage in one.prepared.passages
            ]
        )
        for one in fresh:
            if one.vectors is None:
                yield from islice(made, len(one.prepared.passages))
            else:
                self.embedded(len(one.vectors))
                yield from one.vectors

    def _embed(self, texts: Sequence[str]) -> Iterator[Vectors]:
        for start in range(0, len(texts), EMBED_SLICE):
            vectors = self._embedder.embed_passages(texts[start : start + EMBED_SLICE])
            self.embedded(len(vectors))
            yield from vectors

    def _entries(self, reserved: Sequence[int], prepared: Sequence[PreparedDocument]) -> list[Entry]:
        keys = {one.document.version: content for content, one in zip(reserved, prepared, strict=True)}
        return [
            Entry(
                waiting.document,
                keys.get(waiting.document.version) or self._held(waiting.document.version),
                waiting.origin,
                waiting.fresh.prepared if waiting.fresh else None,
            )
            for waiting in self._waiting
        ]

    def _held(self, version: str) -> int:
        key = self._writing.live.holding(version)
        if key is None:
            raise AssertionError(
                f"text {version} was stored when its document was read, and no writer came between"
            )
        return key


def _live(live: Snapshot, document_id: str) -> Document | None:
    try:
        return live.document(document_id)
    except DocumentNotFound:
        return None
