"""Vectors for the benchmark of size: embedded as far as that takes minutes, beyond that copies with noise.

The noise has the covariance of the embedded vectors, so that it leads where vectors are, and is as strong
as it takes for a copy to be as far from its original as embedded copies are from theirs.
"""

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ingest.documents import Document, embedded_text
from ingest.embedding import Embedder, Vectors
from ingest.passages import gather_passages
from ingest.sentences import split_sentences


class CopyingEmbedder:
    """Embeds real documents and so many copies; other copies get their original's vectors with noise.

    Args:
        inner: embeds; best one that keeps what it embedded.
        vectors: of each real document's passages, by the document's id.
    """

    def __init__(self, inner: Embedder, vectors: Mapping[str, Vectors]) -> None:
        self._inner = inner
        self._vectors = vectors
        self._originals: dict[str, Vectors] = {}
        self._met: Counter[str] = Counter()
        sample = np.concatenate(list(vectors.values()))
        covariance = np.cov(sample, rowvar=False) + 1e-9 * np.eye(sample.shape[1])
        self._spread = np.linalg.cholesky(covariance).astype(np.float32)
        self._variance = float(np.trace(covariance))
        self.strength = 0.0

    def keep_to(self, cosine: float) -> None:
        """Sets the noise so that copies have about this cosine to their originals."""
        self.strength = float(np.sqrt((1 / cosine**2 - 1) / self._variance))

    def expect(self, copy: Document, original: Document) -> None:
        """Passages under that copy's title are not embedded: they get vectors of its original's."""
        self._originals[copy.title] = self._vectors[original.id]

    @property
    def name(self) -> str:
        """See `Embedder`."""
        return self._inner.name

    @property
    def fingerprint(self) -> str:
        """See `Embedder`."""
        return self._inner.fingerprint

    @property
    def dimensions(self) -> int:
        """See `Embedder`."""
        return self._inner.dimensions

    @property
    def max_tokens(self) -> int:
        """See `Embedder`."""
        return self._inner.max_tokens

    def prepare(self) -> None:
        """See `Embedder`."""
        self._inner.prepare()

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """See `Embedder`."""
        return self._inner.count_tokens(texts)

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        return self._inner.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder`."""
        titles = [text.partition("\n")[0] for text in texts]
        made = np.empty((len(texts), self.dimensions), np.float32)
        copies = [row for row, title in enumerate(titles) if title in self._originals]
        others = [row for row, title in enumerate(titles) if title not in self._originals]
        if others:
            made[others] = self._inner.embed_passages([texts[row] for row in others])
        if copies:
            made[copies] = self._noisy([titles[row] for row in copies], [texts[row] for row in copies])
        return made

    def _noisy(self, titles: Sequence[str], texts: Sequence[str]) -> Vectors:
        """The passages come in their order, so that the n-th of a copy is the n-th of its original."""
        normal = np.empty((len(texts), self.dimensions), np.float32)
        own = np.empty_like(normal)
        for row, (title, text) in enumerate(zip(titles, texts, strict=True)):
            vectors = self._originals[title]
            own[row] = vectors[min(self._met[title], len(vectors) - 1)]
            self._met[title] += 1
            normal[row] = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dimensions)
        noisy = own + self.strength * (normal @ self._spread.T)
        return noisy / np.linalg.norm(noisy, axis=1, keepdims=True)


def passages_of(document: Document, embedder: Embedder, budget: int) -> list[str]:
    """The texts that an ingest of the document embeds."""
    sentences = split_sentences(document)
    passages = gather_passages(document, sentences, budget, embedder.count_tokens)
    return [embedded_text(passage.context, passage.text) for passage in passages]


def cosine_of_copies(pairs: Sequence[tuple[Document, Document]], embedder: Embedder, budget: int) -> float:
    """Median cosine between first passages of copies and of their originals, both embedded."""
    copies, own = (
        embedder.embed_passages([passages_of(pair[side], embedder, budget)[0] for pair in pairs])
        for side in (0, 1)
    )
    return float(np.median((copies * own).sum(axis=1)))
