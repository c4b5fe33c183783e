"""What each threshold of the probability keeps, behind the exact checks; for choosing thresholds.

    python -m training.support.thresholds PAIRS/development.jsonl [--most 1000]

Prints, for claims judged by people and those made by rule, which shares of carried and of other claims are
kept, and which share of what is kept is carried. Where a name is missing, `SUPPORTED` is needed at least.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qa.entailment import Entailment
from qa.support import SUPPORTED, ExactVerifier
from training.report import note
from training.support.pairs import Pair, read_pairs

TRIED = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SEED = 1


class Certain:
    """Finds everything entailed, so that what the exact checks say can be seen."""

    fingerprint = "certain"

    def prepare(self) -> None:
        """Nothing to load."""

    def probability(self, claim: str, premise: str) -> float:  # noqa: ARG002 - the protocol's signature
        """One."""
        return 1.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a pair: who judged it, and from which threshold to which it is kept.

    Attributes:
        carried: whether it is.
        made: whether it was made by rule.
        score: the largest threshold that keeps it; 0 where an exact check refuses it.
        floor: the threshold it needs in any case.
    """

    carried: bool
    made: bool
    score: float
    floor: float

    def is_kept(self, threshold: float) -> bool:
        """Whether a threshold keeps it."""
        return self.score >= max(threshold, self.floor)


def main() -> None:
    """Reads the arguments and prints a table for each of both groups."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--most", type=int, default=1000, help="pairs drawn")
    arguments = parser.parse_args()
    pairs = list(read_pairs(arguments.pairs))
    random.Random(SEED).shuffle(pairs)  # noqa: S311 - a sample
    verdicts = [judged(pair) for pair in pairs[: arguments.most]]
    for name, made in (("judged by people", False), ("made by rule", True)):
        show(name, [verdict for verdict in verdicts if verdict.made == made])


EXACT, BOTH = ExactVerifier(Certain()), ExactVerifier(Entailment())


def judged(pair: Pair) -> Verdict:
    """What exact checks and model say of a pair."""
    floor = SUPPORTED if EXACT.assess(pair.claim, [pair.premise]).missing else 0.0
    score = BOTH.assess(pair.claim, [pair.premise]).score
    return Verdict(pair.carried, pair.kind != "judged", score, floor)


def show(name: str, verdicts: Sequence[Verdict]) -> None:
    """One table."""
    carried = np.array([verdict.carried for verdict in verdicts])
    note(f"{name}: {len(verdicts)} pairs, {carried.sum()} carried\nfrom   carried  others  precision")
    for threshold in TRIED:
        kept = np.array([verdict.is_kept(threshold) for verdict in verdicts])
        right = carried[kept].mean() if kept.any() else float("nan")
        note(f"{threshold:.1f}   {kept[carried].mean():8.2f}{kept[~carried].mean():8.2f}{right:11.2f}")


if __name__ == "__main__":
    main()
