"""Grows an index to so many passages by the product's own write path, and notes how fast it went.

    python benchmarks/scale_build.py --data FOLDER --work FOLDER --notes FILE --index FOLDER --passages N

What was begun is gone on with; smaller sizes are the beginning of larger ones, so that an index may be copied
and grown. Vectors that were embedded stay in the work folder. Figures go to the notes, a line every few
thousand passages. Engines are those that the settings of the current folder name.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from scale_parts import memory
from scale_texts import Text, originals, texts
from scale_vectors import CopyingEmbedder, cosine_of_copies, passages_of

from api.settings import load_settings
from ingest.assembly import open_index_embedder, open_store, open_vectors
from ingest.batch import Batch
from ingest.documents import Document
from ingest.embedding import Embedder, Vectors
from ingest.embedding.cached import CachedEmbedder
from ingest.fingerprint import META, fingerprint_of
from ingest.readers import Readied
from ingest.store import PassageKey, Pending, Writing
from ingest.vectors import VectorIndex, adopt
from qa.settings import AssistantSettings

PAIRS = 300  # copies whose distance to their originals sets the noise
EVERY = 5_000  # passages between two lines of figures


@dataclass(slots=True)
class Seconds:
    """Where the time of an ingest went."""

    making: float = 0.0
    embedding: float = 0.0
    vectors: float = 0.0
    whole: float = 0.0


@dataclass(slots=True)
class TimedVectors:
    """A vector index that notes how long it takes to write."""

    inner: VectorIndex
    seconds: Seconds

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """See `VectorIndex`."""
        started = time.perf_counter()
        self.inner.upsert(keys, vectors)
        self.seconds.vectors += time.perf_counter() - started

    def forget(self, pending: Sequence[Pending]) -> None:
        """See `VectorIndex`."""
        self.inner.forget(pending)


@dataclass(slots=True)
class Growth:
    """An index on its way to a size."""

    settings: AssistantSettings
    work: Path
    notes: Path
    embedded: int
    seconds: Seconds = field(default_factory=Seconds)
    started: float = field(default_factory=time.perf_counter)

    def grow(self, data: Path, wanted: int) -> None:
        """Adds documents until there are so many passages."""
        real = originals(data)
        embedder = self.embedder(real)
        store, vectors = open_store(self.settings), open_vectors(self.settings)
        with store.writing() as writing:
            if pending := writing.pending():
                vectors.forget(pending)
                writing.settle(pending)
            if not writing.live.counts()[0]:
                vectors.clear()
                adopt(vectors, writing)
            writing.set_meta(META, fingerprint_of(embedder, self.settings.ingest).to_json())
            self._fill(writing, TimedVectors(vectors, self.seconds), embedder, texts(real), wanted)
            vectors.finish()

    def embedder(self, real: Sequence[Document]) -> CopyingEmbedder:
        """Knows the vectors of all real documents, and how far copies are from them."""
        inner = CachedEmbedder(open_index_embedder(self.settings), self.work / "vectors")
        budget = self._budget(inner)
        made = CopyingEmbedder(inner, self._own_vectors(real, inner))
        first = islice(texts(real), len(real), len(real) + PAIRS)
        cosine = cosine_of_copies([(text.document, text.original) for text in first], inner, budget)
        made.keep_to(cosine)
        print(f"{len(real)} real documents; copies keep to a cosine of {cosine:.3f}", flush=True)
        return made

    def _own_vectors(self, real: Sequence[Document], inner: Embedder) -> dict[str, Vectors]:
        """Vectors of each real document's passages; kept, because splitting them all takes a minute."""
        kept = self.work / "originals.npz"
        if not kept.exists():
            budget = self._budget(inner)
            each = [inner.embed_passages(passages_of(document, inner, budget)) for document in real]
            np.savez(kept, vectors=np.concatenate(each), sizes=[len(vectors) for vectors in each])
        with np.load(kept) as arrays:
            each = np.split(arrays["vectors"], np.cumsum(arrays["sizes"])[:-1])
        return {document.id: vectors for document, vectors in zip(real, each, strict=True)}

    def _fill(
        self,
        writing: Writing,
        vectors: TimedVectors,
        embedder: CopyingEmbedder,
        all_texts: Iterator[Text],
        wanted: int,
    ) -> None:
        documents, _, before = writing.live.counts()
        size = self.settings.ingest.batch_passages
        batch = Batch(
            writing, vectors, TimedEmbedder(embedder, self.seconds), budget=self._budget(embedder), size=size
        )  # type: ignore[arg-type]
        self.started = time.perf_counter()
        noted = before
        made = before
        for text in self._timed(islice(all_texts, documents, None)):
            if made >= wanted:
                break
            if made >= self.embedded and not text.is_real:
                embedder.expect(text.document, text.original)
            batch.add(Readied(text.document), f"/made/{text.document.id}")
            made = before + batch.tally.passages
            if made - noted >= EVERY:
                noted = made
                self._note(made, before)
        batch.flush()
        self._note(before + batch.tally.passages, before)

    def _timed(self, made: Iterator[Text]) -> Iterator[Text]:
        while True:
            started = time.perf_counter()
            text = next(made)
            self.seconds.making += time.perf_counter() - started
            yield text

    def _note(self, passages: int, before: int) -> None:
        whole = time.perf_counter() - self.started
        line = {
            "passages": passages,
            "from": before,
            "making": round(self.seconds.making, 2),
            "embedding": round(self.seconds.embedding, 2),
            "vectors": round(self.seconds.vectors, 2),
            "whole": round(whole, 2),
            **memory(),
        }
        with self.notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _budget(self, embedder: Embedder) -> int:
        return min(self.settings.ingest.passage_tokens, embedder.max_tokens)


@dataclass(slots=True)
class TimedEmbedder:
    """An embedder that notes how long passages take."""

    inner: Embedder
    seconds: Seconds

    def count_tokens(self, many: Sequence[str]) -> tuple[int, ...]:
        """See `Embedder`."""
        return self.inner.count_tokens(many)

    def embed_passages(self, many: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        started = time.perf_counter()
        made = self.inner.embed_passages(many)
        self.seconds.embedding += time.perf_counter() - started
        return made


def main() -> None:
    """Grows one index."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--notes", type=Path, required=True)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--passages", type=int, required=True)
    parser.add_argument("--embedded", type=int, default=100_000, help="passages with vectors of their own")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    settings = load_settings({"index": options.index})
    Growth(settings, options.work, options.notes, options.embedded).grow(options.data, options.passages)


if __name__ == "__main__":
    main()
