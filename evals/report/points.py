"""Points: what the charts draw, computed apart from drawing it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from evals.judging import Judged
from evals.measures import Place, covers, mean

DEPTH = 10
BINS = 10

Point = tuple[float, float]
Belief = tuple[float, bool]  # a confidence, and whether the best sentence did answer


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of about the same confidence, in `(low, high]`; the first bin holds 0 as well.

    Attributes:
        n: how many they are.
        confidence: its mean; None for an empty bin.
        right: share that was right; None for an empty bin.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    right: float | None


def beliefs(judged: Sequence[Judged]) -> list[Belief]:
    """Confidence beside the truth, for the questions of which it is known: those AURC is taken over."""
    return [item.belief for item in judged if item.belief is not None]


def risk_coverage(believed: Sequence[Belief]) -> list[Point]:
    """Share wrong (risk) among the most confident, for coverages 1/n, 2/n … 1.

    Equal confidences are taken in random order, of which this is the expectation, so that the mean
    risk is `evals.measures.aurc`. Geifman, El-Yaniv: Selective classification for deep neural
    networks, NeurIPS 2017.
    """
    points: list[Point] = []
    wrong = 0.0
    for _, tied in groupby(sorted(believed, key=itemgetter(0), reverse=True), key=itemgetter(0)):
        flags = [not right for _, right in tied]
        for _ in flags:
            wrong += sum(flags) / len(flags)
            points.append(((len(points) + 1) / len(believed), wrong / (len(points) + 1)))
    return points


def reliability(believed: Sequence[Belief], bins: int = BINS) -> list[Bin]:
    """Mean confidence and share right per bin of equal width.

    Guo, Pleiss, Sun, Weinberger: On calibration of modern neural networks, ICML 2017; the bins are
    those of `evals.measures.calibration_error`.
    """
    edges = [number / bins for number in range(bins + 1)]
    held: list[list[Belief]] = [[] for _ in range(bins)]
    for belief in believed:
        held[bisect_left(edges[1:-1], belief[0])].append(belief)
    return [_bin(edges[number], edges[number + 1], inside) for number, inside in enumerate(held)]


def gold_rank(retrieved: Sequence[Place], gold_sets: Sequence[Sequence[Place]]) -> int | None:
    """Rank, from 1, of the first passage that covers a gold sentence of any set; None if none does."""
    gold = [place for gold_set in gold_sets for place in gold_set]
    ranks = (
        rank for rank, passage in enumerate(retrieved, 1) if any(covers(passage, place) for place in gold)
    )
    return next(ranks, None)


def gold_ranks(judged: Sequence[Judged], depth: int = DEPTH) -> list[int]:
    """How many questions with gold have it first at rank 1, 2 … `depth`, and not among them."""
    ranks = [gold_rank(item.asked.retrieved[:depth], item.gold) for item in judged if any(item.gold)]
    count = Counter(ranks)
    return [count[rank] for rank in (*range(1, depth + 1), None)]


def latency_steps(seconds: Sequence[float]) -> list[Point]:
    """Wall times in ascending order, each with the share of questions that took no longer."""
    return [(value, rank / len(seconds)) for rank, value in enumerate(sorted(seconds), 1)]


def _bin(low: float, high: float, inside: Sequence[Belief]) -> Bin:
    confidence, n = mean([confidence for confidence, _ in inside])
    right, _ = mean([float(right) for _, right in inside])
    return Bin(low, high, n, confidence, right)
