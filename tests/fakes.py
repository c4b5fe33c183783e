"""Small stand-ins that behave like the real thing, each named for how it behaves."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from ingest.embedding import Vectors
from ingest.store import PassageKey, Pending
from qa.drafts import NO_DRAFTING, Drafting, Evidence, Statement, Statements
from qa.windows import SentenceReading, Window


class HashEmbedder:
    """Unit vectors of hashed words: texts sharing words are close; deterministic and instant."""

    name = "hash"
    fingerprint = "hash/v1"
    dimensions = 256
    max_tokens = 128

    def prepare(self) -> None:
        """Nothing to load."""

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        return tuple(len(_words(text)) for text in texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            # a text without words has a direction too
            for word in _words(text)[: self.max_tokens] or [""]:
                vectors[row, self._place(word)] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_query(self, text: str) -> Vectors:
        vector: Vectors = self.embed_passages([text])[0]
        return vector

    def _place(self, word: str) -> int:
        digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") % self.dimensions


class CountedEmbedder(HashEmbedder):
    """Remembers the texts of every call to embed passages."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.calls.append(tuple(texts))
        return super().embed_passages(texts)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


class BruteForceIndex:
    """Every vector in a dictionary, every search over all of them: exact, and for small sets only."""

    erases: ClassVar[bool] = True

    def __init__(self) -> None:
        self._vectors: dict[PassageKey, Vectors] = {}
        self._owner: str | None = None

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        self._vectors.update(zip(keys, vectors, strict=True))

    def forget(self, pending: Sequence[Pending]) -> None:
        gone = {item.content for item in pending}
        self._vectors = {key: vector for key, vector in self._vectors.items() if key.content not in gone}

    def finish(self) -> None:
        """Nothing was put off."""

    def nearest(
        self, vector: Vectors, limit: int, contents: Sequence[int] | None, generation: int
    ) -> list[tuple[PassageKey, float]]:
        scored = [
            (key, float(own @ vector))
            for key, own in self._vectors.items()
            if contents is None or key.content in contents
        ]
        return sorted(scored, key=lambda found: -found[1])[:limit]

    def count(self) -> int:
        return len(self._vectors)

    def clear(self, owner: str = "") -> None:
        self._vectors.clear()
        self._owner = None

    def exists(self) -> bool:
        return bool(self._vectors)

    def close(self) -> None:
        """Nothing is open."""

    def claim(self, owner: str) -> None:
        self._owner = owner

    def is_of(self, owner: str) -> bool:
        return self._owner == owner

    def keys(self) -> tuple[PassageKey, ...]:
        return tuple(self._vectors)

    def set_aside(self, folder: Path, owner: str = "") -> str | None:
        self.clear()
        return None

    def vectors_of(self, keys: Sequence[PassageKey]) -> Mapping[PassageKey, Vectors]:
        return {key: self._vectors[key] for key in keys if key in self._vectors}


class OverlapReader:
    """Scores a sentence by the share of the question's words it holds, from -10 to 10."""

    fingerprint = "overlap/v1"

    def prepare(self) -> None:
        """Nothing to load."""

    def read(self, question: str, windows: Sequence[Window]) -> list[tuple[SentenceReading, ...]]:
        asked = set(_words(question))
        return [
            tuple(
                SentenceReading(20 * len(asked & set(_words(text))) / max(1, len(asked)) - 10)
                for text in window.sentences
            )
            for window in windows
        ]


def proposed(*statements: Statement, drafting: Drafting = NO_DRAFTING) -> Statements:
    """A draft of these statements."""
    yield from statements
    return drafting


class ScriptedGenerator:
    """Drafts the same statements whatever it is asked."""

    fingerprint = "scripted-1"

    def __init__(self, *statements: Statement, drafting: Drafting = NO_DRAFTING) -> None:
        self._statements = statements
        self._drafting = drafting

    def draft(self, question: str, evidence: Evidence) -> Statements:
        return proposed(*self._statements, drafting=self._drafting)


class OverlapEntailer:
    """Takes the share of the claim's words that the premise holds for a probability."""

    fingerprint = "overlap/v1"

    def prepare(self) -> None:
        """Nothing to load."""

    def probability(self, claim: str, premise: str) -> float:
        said = set(_words(claim))
        return len(said & set(_words(premise))) / max(1, len(said))


class FixedEntailer:
    """Finds everything as likely as it was told, and remembers what it was asked."""

    fingerprint = "fixed/v1"

    def __init__(self, probability: float) -> None:
        self._probability = probability
        self.asked: list[tuple[str, str]] = []

    def prepare(self) -> None:
        """Nothing to load."""

    def probability(self, claim: str, premise: str) -> float:
        self.asked.append((claim, premise))
        return self._probability
