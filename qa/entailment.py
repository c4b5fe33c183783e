"""Entailment: how likely is it that the cited sentences carry a claim?"""

import math
from collections.abc import Iterator, Sequence

from ingest.embedding.sessions import Output, TokenGraph
from ingest.embedding.weights import SHOWN_DIGITS, CarriedFile
from qa.graphs import own_graph

GRAPH = CarriedFile("models/support.onnx", "90d80a3a48ab95030f1e7ecd12a3895494c3a849b04c3146c4c020bbb0be3d29")
NAME = "pincite-support-1"
MAX_CLAIM = 100  # tokens
MAX_PREMISE = 384  # tokens read at once
OVERLAP = 96  # tokens that two neighbouring parts of a longer premise share
# Fitted on development pairs, see docs/support.md.
SLOPE = 0.632
INTERCEPT = 0.162


class Entailment:
    """Our own entailment model (docs/support.md); constructing it reads nothing.

    What it says of a claim and a premise depends on these two alone. It is English, knows nothing but what
    the premise says, and was made for a claim of one sentence under one to four cited ones.
    """

    def __init__(self) -> None:
        self._graph = own_graph(GRAPH)

    @property
    def fingerprint(self) -> str:
        """Such as `pincite-support-1@1225ccd6af`."""
        return f"{NAME}@{GRAPH.sha256[:SHOWN_DIGITS]}"

    def prepare(self) -> None:
        """Reads the weights now.

        Raises:
            ModelUnavailable: if they are missing, altered, or cannot be loaded.
        """
        self._graph.open()

    def probability(self, claim: str, premise: str) -> float:
        """How likely (0–1, calibrated) people are to find that the premise carries the whole claim.

        A premise longer than the model reads at once is read in overlapping parts, of which the best
        counts: what only two distant parts together carry is missed. Where either has no words, it is 0.

        Raises:
            ModelUnavailable: if the weights are missing, altered, or cannot be loaded.
        """
        return calibrated(best_odds(self._graph, claim, premise))


def best_odds(graph: TokenGraph, claim: str, premise: str) -> float:
    """Log-odds of "supported", by the part of the premise that speaks for it most; -inf without words."""
    claimed, told = graph.tokenize([claim, premise])
    if not claimed or not told:
        return -math.inf
    inputs = [graph.pair(claimed[:MAX_CLAIM], part) for part in parts(told)]
    return max(graph.run(inputs, support_odds))


def parts(premise: Sequence[int]) -> Iterator[Sequence[int]]:
    """The premise's tokens in overlapping runs of at most `MAX_PREMISE`, the last one ending with it."""
    starts = range(0, max(1, len(premise) - OVERLAP), MAX_PREMISE - OVERLAP)
    return (premise[start : start + MAX_PREMISE] for start in starts)


def support_odds(logits: Output) -> float:
    """Log-odds of "supported" against the other two classes together.

    Args:
        logits: of shape (3,), for supported, contradicted and not enough.
    """
    supported, contradicted, lacking = map(float, logits)
    larger, smaller = max(contradicted, lacking), min(contradicted, lacking)
    return supported - larger - math.log1p(math.exp(smaller - larger))


def calibrated(odds: float) -> float:
    """Probability (0–1) for these log-odds.

    Platt: Probabilistic outputs for support vector machines, 1999.
    """
    return 1.0 / (1.0 + math.exp(-(SLOPE * odds + INTERCEPT)))
