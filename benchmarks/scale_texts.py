"""Texts for the benchmark of size: real documents, then varied copies of them, as many as are asked for.

A copy has other names and numbers than its original (the same ones throughout), a share of its words is
drawn anew from all the words there are, as often as they occur there, and its sentences stand in another
order: no two texts are the same, and how many passages a word occurs in stays a question of the word.
"""

import random
import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count
from pathlib import Path

from ingest.documents import Document
from ingest.loading import load

SETS = ("wiki_distractors", "scifact", "ramdocs_dev", "selqa_dev", "clapnq", "multihoprag")
SEED = 20251122
REDRAWN = 0.25  # share of the words, names and short ones apart, that a copy draws anew
WORD = re.compile(r"\d+|[^\W\d_]{4,}")
SENTENCE_END = re.compile(r"(?<=[.!?]) +")


@dataclass(frozen=True, slots=True)
class Text:
    """A document and the real one it was made of; its own original if it is real."""

    document: Document
    original: Document

    @property
    def is_real(self) -> bool:
        """Whether somebody wrote it so."""
        return self.document is self.original


def originals(data: Path) -> list[Document]:
    """All real documents of the sets in a folder, in an order that mixes the sets."""
    found = [
        replace(item, id=f"{name}/{item.id}", title=item.title or name)
        for name in SETS
        for item in load(data / name / "corpus.jsonl", name, max_bytes=10**9)
        if isinstance(item, Document)
    ]
    random.Random(SEED).shuffle(found)
    return found


def texts(real: Sequence[Document]) -> Iterator[Text]:
    """The real documents, then copies of each without end; always the same ones in the same order."""
    for document in real:
        yield Text(document, document)
    words = Words(real)
    for copy in count(1):
        for document in real:
            yield Text(words.varied(document, copy), document)


class Words:
    """The words and names of real documents, to draw from as often as they occur."""

    def __init__(self, real: Sequence[Document]) -> None:
        counts = Counter(word for document in real for word in WORD.findall(document.text))
        self._plain = _Draw({word: n for word, n in counts.items() if word.islower()})
        # A word that mostly stands in lower case began a sentence where it is capitalised.
        names = {w: n for w, n in counts.items() if w[0].isupper() and n > counts[w.lower()]}
        self._names = _Draw(names)
        self._known = frozenset(names)

    def varied(self, document: Document, copy: int) -> Document:
        """That numbered copy of a document; its title ends in a code that no other one has."""
        source = random.Random(f"{SEED} {copy} {document.id}")
        changed: dict[str, str] = {}

        def swap(match: re.Match[str]) -> str:
            word = match[0]
            if word.isdigit() or word in self._known:
                return changed.setdefault(word, self._other(word, source))
            return self._plain.word(source) if word.islower() and source.random() < REDRAWN else word

        lines = [_shuffled(WORD.sub(swap, line), source) for line in document.text.split("\n")]
        title = f"{WORD.sub(swap, document.title)} {source.getrandbits(64):x}"
        return replace(document, id=f"{copy}/{document.id}", title=title, text="\n".join(lines))

    def _other(self, word: str, source: random.Random) -> str:
        if not word.isdigit():
            return self._names.word(source)
        return source.choice("123456789") + "".join(source.choice("0123456789") for _ in word[1:])


class _Draw:
    """Draws words in proportion to how often they occur."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._words = sorted(counts)
        self._sums = list(accumulate(counts[word] for word in self._words))

    def word(self, source: random.Random) -> str:
        return self._words[bisect(self._sums, source.randrange(self._sums[-1]))]


def _shuffled(line: str, source: random.Random) -> str:
    sentences = SENTENCE_END.split(line)
    source.shuffle(sentences)
    return " ".join(sentences)
