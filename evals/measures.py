"""Measures: small pure functions over rankings, citations and confidences.

Not applicable is None, never 0.
"""

import math
from collections.abc import Collection, Sequence

from ingest.documents import Span

Place = tuple[str, Span]  # document id and span


def ndcg(ranking: Sequence[str], relevant: Collection[str], depth: int = 10) -> float | None:
    """Normalised discounted cumulative gain with binary judgments, 0–1.

    Järvelin, Kekäläinen: Cumulated gain-based evaluation of IR techniques, TOIS 2002.
    """
    if not relevant:
        return None
    gains = sum(1 / math.log2(rank + 1) for rank, id_ in enumerate(ranking[:depth], 1) if id_ in relevant)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(relevant), depth) + 1))
    return gains / ideal


def recall(ranking: Sequence[str], relevant: Collection[str], depth: int) -> float | None:
    """Share of the relevant documents among the first `depth`, 0–1."""
    if not relevant:
        return None
    return len(set(ranking[:depth]) & set(relevant)) / len(set(relevant))


def hit(ranking: Sequence[str], relevant: Collection[str], depth: int) -> float | None:
    """1 if any relevant document is among the first `depth`, else 0."""
    if not relevant:
        return None
    return float(any(id_ in relevant for id_ in ranking[:depth]))


def covers(cited: Place, gold: Place) -> bool:
    """Whether a cited span matches a gold sentence: it covers at least half of its characters."""
    if cited[0] != gold[0]:
        return False
    shared = min(cited[1].end, gold[1].end) - max(cited[1].start, gold[1].start)
    return 2 * shared >= len(gold[1])


def citation_scores(
    cited: Sequence[Place], gold_sets: Sequence[Sequence[Place]]
) -> tuple[float, float, float] | None:
    """Precision, recall and F1 of cited sentences against the best alternative gold set, each 0–1."""
    if not gold_sets:
        return None
    return max((_against(cited, gold) for gold in gold_sets), key=lambda scores: scores[2])


def first_citation(cited: Sequence[Place], gold_sets: Sequence[Sequence[Place]]) -> float | None:
    """1 if the first citation matches a sentence of any gold set, else 0."""
    if not gold_sets:
        return None
    return float(bool(cited) and any(covers(cited[0], gold) for gold_set in gold_sets for gold in gold_set))


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Chance that a positive scores above a negative, ties counted half, 0–1.

    Hanley, McNeil: The meaning and use of the area under a ROC curve, Radiology 1982.
    """
    if not positive or not negative:
        return None
    ranked = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    ranks = _mid_ranks([score for score, _ in ranked])
    total = sum(rank for rank, (_, label) in zip(ranks, ranked, strict=True) if label)
    return (total - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))


def mean(values: Sequence[float | None]) -> tuple[float | None, int]:
    """Mean of the values that apply, and how many they are."""
    applying = [value for value in values if value is not None]
    return (sum(applying) / len(applying) if applying else None), len(applying)


def _against(cited: Sequence[Place], gold: Sequence[Place]) -> tuple[float, float, float]:
    if not cited or not gold:
        return 0.0, 0.0, 0.0
    precision = sum(any(covers(place, sentence) for sentence in gold) for place in cited) / len(cited)
    found = sum(any(covers(place, sentence) for place in cited) for sentence in gold) / len(gold)
    return precision, found, _harmonic(precision, found)


def _harmonic(precision: float, found: float) -> float:
    return 2 * precision * found / (precision + found) if precision + found else 0.0


def _mid_ranks(ascending: Sequence[float]) -> list[float]:
    """Ranks from 1 of ascending scores; equal scores share the mean of their ranks."""
    first: dict[float, int] = {}
    last: dict[float, int] = {}
    for rank, score in enumerate(ascending, 1):
        first.setdefault(score, rank)
        last[score] = rank
    return [(first[score] + last[score]) / 2 for score in ascending]
