"""Reading: scoring the sentences of a window against a question, and pointing at the short answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Protocol

import numpy as np

from ingest.documents import Span
from ingest.embedding.sessions import PAIR_MARKS, Input, Output, Tokens
from ingest.embedding.weights import SHOWN_DIGITS, CarriedFile
from qa.graphs import own_graph
from qa.windows import SentenceReading, Window

GRAPH = CarriedFile("models/reader.onnx", "20c7f1813edcb8321974a2144ef0b78d1b268b45464cd43c4b375afc722b2348")
NAME = "pincite-reader-1"
MAX_TOKENS = 384
MAX_QUESTION = 64  # tokens
LONGEST_ANSWER = 30  # tokens


class Reader(Protocol):
    """Reads windows under a question; what it says of a window depends on both alone."""

    @property
    def fingerprint(self) -> str:
        """Names model, weights' digest and route."""

    def prepare(self) -> None:
        """Loads ahead what the first use would load."""

    def read(self, question: str, windows: Sequence[Window]) -> list[tuple[SentenceReading, ...]]:
        """For each window, one reading per sentence, in the order given."""


class WindowReader:
    """Our own reader (docs/reader.md): one pass over question and window; constructing it reads nothing.

    A window longer than the model reads is read in parts, a sentence longer than that is cut.
    """

    def __init__(self) -> None:
        self._graph = own_graph(GRAPH)

    @property
    def fingerprint(self) -> str:
        """Such as `pincite-reader-1@1225ccd6af`."""
        return f"{NAME}@{GRAPH.sha256[:SHOWN_DIGITS]}"

    def prepare(self) -> None:
        """Reads the weights now.

        Raises:
            ModelUnavailable: if they are missing, altered, or cannot be loaded.
        """
        self._graph.open()

    def read(self, question: str, windows: Sequence[Window]) -> list[tuple[SentenceReading, ...]]:
        """See `Reader.read`.

        Raises:
            ModelUnavailable: if the weights are missing, altered, or cannot be loaded.
        """
        (asked,) = self._graph.tokenize([question])
        parts = [part for number, window in enumerate(windows) for part in self._parts(asked, window, number)]
        outputs = self._graph.run([part.input for part in parts], lambda *found: found)
        read: list[tuple[SentenceReading, ...]] = [()] * len(windows)
        for part, (scores, spans) in zip(parts, outputs, strict=True):
            read[part.window] += tuple(part.readings(scores, spans))
        return read

    def _parts(self, asked: Sequence[int], window: Window, number: int) -> Iterator["_Part"]:
        """The window in as few inputs as hold it."""
        if not window.sentences:
            return
        context, *sentences = self._graph.locate([context_line(window.context), *window.sentences])
        asked = asked[:MAX_QUESTION]
        room = MAX_TOKENS - PAIR_MARKS - len(asked)
        head = context.ids[: room // 2]
        for held in _packed(sentences, room - len(head)):
            yield self._part(asked, head, held, number)

    def _part(
        self, asked: Sequence[int], head: Sequence[int], held: Sequence[Tokens], number: int
    ) -> "_Part":
        pair = self._graph.pair(asked, [*head, *(id_ for tokens in held for id_ in tokens.ids)])
        starts = list(accumulate((len(one.ids) for one in held), initial=len(asked) + 2 + len(head)))
        bounds = tuple(pairwise(starts))
        pooling = np.zeros((len(held), len(pair.ids)), dtype=np.float32)
        for row, (start, end) in enumerate(bounds):
            pooling[row, start:end] = 1 / max(1, end - start)
        return _Part(number, Input(pair.ids, pair.types, pooling), bounds, tuple(held))


@dataclass(frozen=True, slots=True)
class _Part:
    """One input: the window it belongs to, and its sentences with their tokens' bounds in the input."""

    window: int
    input: Input
    bounds: tuple[tuple[int, int], ...]
    sentences: tuple[Tokens, ...]

    def readings(self, scores: Output, spans: Output) -> Iterator[SentenceReading]:
        for score, tokens, (start, end) in zip(scores, self.sentences, self.bounds, strict=True):
            if start == end:
                yield SentenceReading(float(score))
            else:
                first, last, certainty = best_span(spans[start:end])
                place = Span(tokens.offsets[first][0], tokens.offsets[last][1])
                yield SentenceReading(float(score), place, certainty)


def context_line(context: str) -> str:
    """Title and heading as the reader was trained to see them: "Title. Heading."."""
    return " ".join(f"{line}." for line in context.split("\n") if line)


def _packed(sentences: Sequence[Tokens], room: int) -> Iterator[list[Tokens]]:
    """Runs of neighbours that fit into `room` tokens; what is longer alone is cut."""
    held: list[Tokens] = []
    used = 0
    for tokens in sentences:
        fitting = Tokens(tokens.ids[:room], tokens.offsets[:room])
        if held and used + len(fitting.ids) > room:
            yield held
            held, used = [], 0
        held.append(fitting)
        used += len(fitting.ids)
    yield held


def best_span(logits: Output) -> tuple[int, int, float]:
    """First and last token of the likeliest short answer, and its probability among all there are.

    Devlin, Chang, Lee, Toutanova: BERT, NAACL 2019, section 4.2.

    Args:
        logits: of shape (tokens, 2), for first and last.
    """
    sums = logits[:, None, 0] + logits[None, :, 1]
    forward = np.triu(np.ones_like(sums, dtype=np.bool_))
    possible = np.where(forward & ~np.triu(forward, LONGEST_ANSWER), sums, -np.inf)
    weights = np.exp(possible - possible.max())
    first, last = np.unravel_index(int(weights.argmax()), weights.shape)
    return int(first), int(last), float(weights[first, last] / weights.sum())
