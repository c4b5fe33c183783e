"""How far verdicts of support agree with people: exact checks alone, the model alone, both.

    python benchmarks/support.py FILE.jsonl

FILE is in AttributionBench's form: `claim`, `references` and `attribution_label` on every line. Per kind of
what is missing: the share of carried claims in which it is found missing (false alarms), and of the others.
Then for each way of judging the balanced accuracy of what either policy keeps, and how well its scores sort.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from scipy.stats import rankdata

from qa.assessments import Assessment, Support, SupportPolicy
from qa.entailment import Entailment
from qa.figures import missing_figures
from qa.modality import missing_negation, raised_modality
from qa.names import missing_names
from qa.quotations import missing_quotations
from qa.support import PARTLY, SUPPORTED, Entailer, ExactVerifier
from qa.wording import flatten, plain_signs

CHECKS = (missing_figures, missing_quotations, missing_negation, missing_names, raised_modality)


@dataclass(frozen=True)
class Pair:
    """A claim with what it cites, and whether people found that to carry it."""

    claim: str
    references: tuple[str, ...]
    carried: bool


class Remembering:
    """Asks an entailer once for each pair, so that two ways of judging cost one."""

    def __init__(self, entailer: Entailer) -> None:
        self.fingerprint = entailer.fingerprint
        self.prepare = entailer.prepare
        self.probability = cache(entailer.probability)


class Certain:
    """Finds everything entailed, so that the exact checks decide alone."""

    fingerprint = "certain"

    def prepare(self) -> None:
        """Nothing to load."""

    def probability(self, claim: str, premise: str) -> float:  # noqa: ARG002 - the protocol's signature
        """One."""
        return 1.0


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    pairs = read(parser.parse_args().file)
    entailer = Remembering(Entailment())
    print(f"{len(pairs)} claims, {sum(pair.carried for pair in pairs)} carried\n")
    print_checks(pairs)
    print(f"\n{'':42} strict  withhold  AUROC")
    print_row("exact checks", pairs, ExactVerifier(Certain()).assess)
    print_row(entailer.fingerprint, pairs, model_alone(entailer))
    print_row("both", pairs, ExactVerifier(entailer).assess)


def read(file: Path) -> list[Pair]:
    """The pairs of a file."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [
        Pair(row["claim"], tuple(row["references"]), row["attribution_label"] == "attributable")
        for row in rows
    ]


def print_checks(pairs: Sequence[Pair]) -> None:
    """What each exact check finds missing."""
    carried = np.array([pair.carried for pair in pairs])
    print(f"{'found missing in':20} carried  others")
    for check in CHECKS:
        found = np.array([bool(check(*plain(pair))) for pair in pairs])
        name = check.__name__.partition("_")[2]
        print(f"{name:20} {found[carried].mean():7.3f} {found[~carried].mean():7.3f}")


def plain(pair: Pair) -> tuple[str, list[str]]:
    """Claim and references as the checks take them."""
    return flatten(plain_signs(pair.claim)), [flatten(plain_signs(text)) for text in pair.references]


def model_alone(entailer: Entailer) -> Callable[[str, Sequence[str]], Assessment]:
    """Judging by the probability and nothing else."""

    def assess(statement: str, quotes: Sequence[str]) -> Assessment:
        probability = entailer.probability(flatten(statement), " ".join(map(flatten, quotes)))
        partly = Support.PARTLY if probability >= PARTLY else Support.UNSUPPORTED
        return Assessment(Support.SUPPORTED if probability >= SUPPORTED else partly, probability)

    return assess


def print_row(name: str, pairs: Sequence[Pair], assess: Callable[[str, Sequence[str]], Assessment]) -> None:
    """Balanced accuracy of what the policies keep, and how well the scores sort."""
    told = [assess(pair.claim, pair.references) for pair in pairs]
    carried = np.array([pair.carried for pair in pairs])
    shares = []
    for policy in (SupportPolicy.STRICT, SupportPolicy.WITHHOLD):
        kept = np.array([policy.keeps(item.support) for item in told])
        shares.append((kept[carried].mean() + (~kept[~carried]).mean()) / 2)
    area = auroc(np.array([item.score for item in told]), carried)
    print(f"{name:42} {shares[0]:6.3f}  {shares[1]:8.3f}  {area:5.3f}")


def auroc(
    scores: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    carried: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> float:
    """How often a carried claim scores higher than another one; ties count half."""
    count = int(carried.sum())
    ranks = rankdata(scores)[carried].sum() - count * (count + 1) / 2
    return float(ranks / (count * (len(carried) - count)))


if __name__ == "__main__":
    main()
