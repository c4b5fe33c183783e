"""Readers to be measured, all behind one protocol: the float model, the exported graph, the teacher."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from ingest.embedding.sessions import open_session, usable_cores
from qa.reading import best_span, context_line
from qa.second_reading import CrossEncoder
from training.checkpoints import load_model
from training.encoding import Encoded, Floats, collate, encode
from training.windows import Window

MAX_TOKENS = 288  # a passage of the product and a question
BATCH = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says about one window.

    Attributes:
        scores: of each candidate sentence by its number; cut-off sentences have none.
        answer: short answer within the best sentence, "" if the reader points at none.
    """

    scores: Mapping[int, float]
    answer: str = ""

    @property
    def best(self) -> int:
        """Number of the sentence with the highest score, -1 if there is none."""
        return max(self.scores, key=lambda number: self.scores[number], default=-1)

    @property
    def confidence(self) -> float:
        """That the window answers: its highest score."""
        return max(self.scores.values(), default=-np.inf)


class WindowReader(Protocol):
    """Reads windows."""

    def read(self, windows: Sequence[Window]) -> list[Reading]:
        """One reading a window, in the order given."""


class FloatReader:
    """The model as it was trained, in the precision it was trained in.

    Args:
        checkpoint: of `training.train`.
    """

    def __init__(self, checkpoint: Path) -> None:
        self._model = load_model(checkpoint)

    def read(self, windows: Sequence[Window]) -> list[Reading]:
        """See `WindowReader.read`."""
        encoded = [encode(window, MAX_TOKENS) for window in windows]
        order = sorted(range(len(windows)), key=lambda n: len(encoded[n].ids))
        found: dict[int, Reading] = {}
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            read = self._read([encoded[n] for n in chosen])
            for n, (scores, span) in zip(chosen, read, strict=True):
                found[n] = reading(windows[n], encoded[n], scores, span)
        return [found[n] for n in range(len(windows))]

    @torch.inference_mode()
    def _read(self, encoded: Sequence[Encoded]) -> Iterator[tuple[Floats, Floats]]:
        batch = collate(encoded, [None] * len(encoded))
        arrays = (batch.ids, batch.types, batch.mask, batch.pooling)
        scores = self._model(*(torch.from_numpy(array) for array in arrays))
        return zip(scores.log_odds.numpy(), scores.span.numpy(), strict=True)


class GraphReader:
    """The exported graph as the product runs it: one window a run, several runs at once.

    Args:
        graph: an ONNX file of `training.export`.
        full_range: see `ingest.embedding.sessions.open_session`.
    """

    def __init__(self, graph: Path, *, full_range: bool = True) -> None:
        self._session = open_session(graph.read_bytes(), full_range=full_range)

    def read(self, windows: Sequence[Window]) -> list[Reading]:
        """See `WindowReader.read`."""
        with ThreadPoolExecutor(usable_cores()) as pool:
            return list(pool.map(self._read_one, windows))

    def _read_one(self, window: Window) -> Reading:
        encoded = encode(window, MAX_TOKENS)
        if not encoded.bounds:
            return Reading({})
        return reading(window, encoded, *self.run(encoded))

    def run(self, encoded: Encoded) -> tuple[Floats, Floats]:
        """Sentence scores (candidates,) and span logits (tokens, 2)."""
        feed = {
            "input_ids": np.array([encoded.ids], dtype=np.int64),
            "token_type_ids": encoded.types()[None],
            "pooling": encoded.pooling(),
        }
        scores, span = self._session.run(["sentence_scores", "span_logits"], feed)
        return scores, span


class TeacherReader:
    """The carried cross-encoder: mean of a sentence's logit alone and below its title."""

    def __init__(self) -> None:
        self._reader = CrossEncoder()

    def read(self, windows: Sequence[Window]) -> list[Reading]:
        """See `WindowReader.read`."""
        return [self._read_one(window) for window in windows]

    def _read_one(self, window: Window) -> Reading:
        above = context_line(window.context)
        bare = [window.sentences[n] for n in window.candidates]
        placed = [f"{above} {sentence}" for sentence in bare] if above else []
        logits = self._reader.score(window.question, [*bare, *placed])
        both = np.array(logits).reshape(-1, len(bare)).mean(axis=0) if bare else []
        return Reading(dict(zip(window.candidates, map(float, both), strict=True)))


def reading(window: Window, encoded: Encoded, scores: Floats, span: Floats) -> Reading:
    """Makes sense of the model's numbers for one window.

    Args:
        window: what was read.
        encoded: the same as tokens.
        scores: log-odds of the candidates; padding behind them is passed over.
        span: (tokens, 2).
    """
    if not encoded.bounds:
        return Reading({})
    found = scores[: len(encoded.bounds)]
    best = int(found.argmax())
    at, end_token = encoded.bounds[best]
    first, last, _ = best_span(span[at:end_token])
    number, start, _ = encoded.offsets[at + first]
    end = encoded.offsets[at + last][2]
    named = dict(zip(encoded.candidates, map(float, found), strict=True))
    return Reading(named, window.sentences[number][start:end])
