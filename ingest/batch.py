"""One step of an ingest: documents that were read wait here until they become live together."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ingest.documents import Document, Skipped
from ingest.embedding import Embedder, Vectors
from ingest.errors import DocumentNotFound
from ingest.passages import embedded_text, gather_passages
from ingest.sentences import split_sentences
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
    fresh: PreparedDocument | None


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

    def add(self, document: Document, origin: str) -> None:
        """Takes a document in, unless it is live exactly so; flushes when the batch is full."""
        before = _live(self._writing.live, document.id)
        if before == document:
            self.tally.unchanged += 1
            return
        fresh = None if self._is_stored(document) else self._prepare(document)
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
            reserved = self._writing.reserve([len(prepared.passages) for prepared in fresh])
            self._store_vectors(reserved, fresh)
            self._writing.make_live(self._entries(reserved, fresh))
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

    def _prepare(self, document: Document) -> PreparedDocument:
        sentences = split_sentences(document)
        passages = gather_passages(document, sentences, self._budget, self._embedder.count_tokens)
        return PreparedDocument(document, sentences, passages)

    def _count(self, before: Document | None, fresh: PreparedDocument | None) -> None:
        tally = self.tally
        tally.added += before is None
        tally.replaced += before is not None
        tally.shared += fresh is None
        if fresh is not None:
            tally.sentences += len(fresh.sentences)
            tally.passages += len(fresh.passages)
            self._passages += len(fresh.passages)

    def _store_vectors(self, reserved: Sequence[int], fresh: Sequence[PreparedDocument]) -> None:
        keys = [
            PassageKey(content, passage.ordinal)
            for content, prepared in zip(reserved, fresh, strict=True)
            for passage in prepared.passages
        ]
        texts = [embedded_text(passage) for prepared in fresh for passage in prepared.passages]
        if texts:
            self._vectors.upsert(keys, self._embed(texts))

    def _embed(self, texts: Sequence[str]) -> Vectors:
        slices = []
        for start in range(0, len(texts), EMBED_SLICE):
            part = texts[start : start + EMBED_SLICE]
            slices.append(self._embedder.embed_passages(part))
            self.embedded(len(part))
        return np.concatenate(slices)

    def _entries(self, reserved: Sequence[int], fresh: Sequence[PreparedDocument]) -> list[Entry]:
        keys = {prepared.document.version: content for content, prepared in zip(reserved, fresh, strict=True)}
        return [
            Entry(
                waiting.document,
                keys.get(waiting.document.version) or self._held(waiting.document.version),
                waiting.origin,
                waiting.fresh,
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
