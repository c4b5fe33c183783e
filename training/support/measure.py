"""Measuring who tells carried claims from others.

    python -m training.support.measure PAIRS --out FIGURES --graph GRAPH

The threshold of every scorer, and the two numbers that make a probability of its score, are fitted on
`development.jsonl` alone.
"""

import argparse
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]  # ships no types

from evals.measures.confidence import auroc, calibration_error
from training.report import note
from training.support.pairs import Pair, read_pairs
from training.support.scorers import FloatScorer, GraphScorer, LexicalScorer, RelevanceScorer, Scorer

SETS = ("attributionbench", "ood", "lfqa", "fm2", "synthetic")
FEWEST = 40  # pairs of a kind or source worth a figure of their own
RIGHT_KINDS = ("claim", "twin")

Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was chosen on the development pairs.

    Attributes:
        threshold: a score above it means supported; makes the balanced accuracy largest.
        slope, intercept: probability is their logistic function of the score (Platt, 1999).
    """

    threshold: float
    slope: float
    intercept: float

    def probability(self, score: float) -> float:
        """That the claim is carried, 0–1."""
        return 1 / (1 + math.exp(-max(-700.0, self.slope * score + self.intercept)))


def main() -> None:
    """Reads the arguments and writes one JSON object of figures by set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path, help="folder that training.support.prepare wrote")
    parser.add_argument("--out", type=Path, required=True)
    route = parser.add_mutually_exclusive_group(required=True)
    route.add_argument("--checkpoint", type=Path)
    route.add_argument("--graph", type=Path)
    route.add_argument("--lexical", action="store_true")
    route.add_argument("--cross-encoder", action="store_true")
    arguments = parser.parse_args()
    figures = measure(_scorer(arguments), arguments.pairs)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def measure(scorer: Scorer, folder: Path) -> dict[str, Figures]:
    """Figures on the development pairs, on every test set, and on its sources and kinds."""
    development = list(read_pairs(folder / "development.jsonl"))
    scores = scorer.score(development)
    fitted = fit(scores, [pair.carried for pair in development])
    figures: dict[str, Figures] = {
        "fitted": {"threshold": fitted.threshold, "slope": fitted.slope, "intercept": fitted.intercept},
        "development": figures_of(development, scores, fitted),
    }
    note(json.dumps(figures))
    for name in SETS:
        pairs = list(read_pairs(folder / f"test-{name}.jsonl"))
        scores = scorer.score(pairs)
        figures[name] = figures_of(pairs, scores, fitted)
        note(f"{name}: {json.dumps(figures[name])}")
        figures |= _by_source(name, pairs, scores, fitted) | _by_kind(name, pairs, scores, fitted)
    return figures


def fit(scores: Sequence[float], carried: Sequence[bool]) -> Fitted:
    """Threshold and calibration for these scores."""
    known, right = np.asarray(scores), np.asarray(carried)
    line = LogisticRegression(C=100).fit(known[:, None], right)
    slope, intercept = line.coef_[0, 0], line.intercept_[0]
    levels = np.unique(known)
    middles = (levels[1:] + levels[:-1]) / 2
    best = max(middles, key=lambda level: balanced_accuracy(scores, carried, level) or 0.0)
    return Fitted(float(best), float(slope), float(intercept))


def balanced_accuracy(scores: Sequence[float], carried: Sequence[bool], threshold: float) -> float | None:
    """Mean of the shares of carried and of others that are judged rightly; None if either are missing."""
    above, right = np.asarray(scores) > threshold, np.asarray(carried)
    if right.all() or not right.any():
        return None
    return float((above[right].mean() + (~above[~right]).mean()) / 2)


def figures_of(pairs: Sequence[Pair], scores: Sequence[float], fitted: Fitted) -> Figures:
    """AUROC, balanced accuracy at the fixed threshold, and how far the probabilities are off."""
    carried = [pair.carried for pair in pairs]
    return {
        "auroc": auroc(
            [score for score, right in zip(scores, carried, strict=True) if right],
            [score for score, right in zip(scores, carried, strict=True) if not right],
        ),
        "balanced accuracy": balanced_accuracy(scores, carried, fitted.threshold),
        "calibration error": calibration_error([fitted.probability(score) for score in scores], carried),
        "n": len(pairs),
    }


def _by_source(
    name: str, pairs: Sequence[Pair], scores: Sequence[float], fitted: Fitted
) -> dict[str, Figures]:
    found = {}
    for source in sorted({pair.source for pair in pairs}):
        own = [(pair, score) for pair, score in zip(pairs, scores, strict=True) if pair.source == source]
        if FEWEST <= len(own) < len(pairs):
            found[f"{name}, {source}"] = figures_of(
                [pair for pair, _ in own], [score for _, score in own], fitted
            )
    return found


def _by_kind(name: str, pairs: Sequence[Pair], scores: Sequence[float], fitted: Fitted) -> dict[str, Figures]:
    """Share of each kind that is judged rightly."""
    found: dict[str, Figures] = {}
    for kind in sorted({pair.kind for pair in pairs} - {"judged"}):
        above = [
            score > fitted.threshold for pair, score in zip(pairs, scores, strict=True) if pair.kind == kind
        ]
        kept = sum(above) / len(above)
        found[f"{name}, {kind}"] = {"right": kept if kind in RIGHT_KINDS else 1 - kept, "n": len(above)}
    return found


def _scorer(arguments: argparse.Namespace) -> Scorer:
    if arguments.checkpoint:
        return FloatScorer(arguments.checkpoint)
    if arguments.graph:
        return GraphScorer(arguments.graph)
    return LexicalScorer() if arguments.lexical else RelevanceScorer()


if __name__ == "__main__":
    main()
