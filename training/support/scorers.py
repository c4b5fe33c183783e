"""What is measured, behind one protocol: the float model, the exported graph, and what there was before."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

import torch

from ingest.embedding.sessions import TokenGraph
from ingest.embedding.weights import MINILM, read_checked
from qa.entailment import best_odds, parts, support_odds
from qa.second_reading import CrossEncoder
from qa.wording import content_words
from training.checkpoints import fill
from training.support.encoding import Row, pad, tokenised
from training.support.model import SupportModel
from training.support.pairs import Pair

BATCH = 16


class Scorer(Protocol):
    """Says of pairs how likely the premise carries the claim."""

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """One number a pair, in the order given; the higher, the likelier."""


class FloatScorer:
    """The model as it was trained, in the precision it was trained in; log-odds.

    Args:
        checkpoint: of `training.support.train`.
    """

    def __init__(self, checkpoint: Path) -> None:
        self._model = SupportModel()
        fill(checkpoint, self._model)

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """See `Scorer.score`."""
        rows = [
            (number, Row(row.claim, part))
            for number, row in enumerate(tokenised(pairs))
            for part in parts(row.premise)
        ]
        rows.sort(key=lambda one: len(one[1].claim) + len(one[1].premise))
        best = [-float("inf")] * len(pairs)
        for start in range(0, len(rows), BATCH):
            numbers, held = zip(*rows[start : start + BATCH], strict=True)
            for number, odds in zip(numbers, self._odds(held), strict=True):
                best[number] = max(best[number], odds)
        return best

    @torch.inference_mode()
    def _odds(self, rows: Sequence[Row]) -> list[float]:
        inputs = pad(rows)
        logits = self._model(*(torch.from_numpy(array) for array in (inputs.ids, inputs.types, inputs.mask)))
        return [support_odds(row) for row in logits.numpy()]


class GraphScorer:
    """The exported graph as the product runs it; log-odds.

    Args:
        graph: an ONNX file of `training.support.export`.
    """

    def __init__(self, graph: Path) -> None:
        self._graph = TokenGraph(
            graph.read_bytes, partial(read_checked, MINILM, MINILM.tokenizer), full_range=True
        )

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """See `Scorer.score`."""
        return [best_odds(self._graph, pair.claim, pair.premise) for pair in pairs]


class LexicalScorer:
    """The share of the claim's content words that the premise holds."""

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """See `Scorer.score`."""
        return [
            len((words := content_words(pair.claim)) & content_words(pair.premise)) / max(1, len(words))
            for pair in pairs
        ]


class RelevanceScorer:
    """The carried cross-encoder: its logit for the claim as question; a premise beyond its length is cut."""

    def __init__(self) -> None:
        self._reader = CrossEncoder()

    def score(self, pairs: Sequence[Pair]) -> list[float]:
        """See `Scorer.score`."""
        return [self._reader.score(pair.claim, [pair.premise])[0] for pair in pairs]
