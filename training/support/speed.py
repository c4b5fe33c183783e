"""Timing the entailment model as the product runs it: `python -m training.support.speed PAIRS --out FIGURES`.

One claim after the other, each with three cited sentences.
"""

import argparse
import json
import statistics
from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from qa.entailment import Entailment
from training.report import note
from training.speed import ROUNDS, seconds_of
from training.support.pairs import Pair, read_pairs
from training.support.premises import sentences_of
from training.tokens import count_tokens

CLAIMS = 60
SENTENCES = 3  # of every premise


def main() -> None:
    """Reads the arguments and writes milliseconds a claim."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path, help="such as test-synthetic.jsonl of training.support.prepare")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    fit = (pair for pair in read_pairs(arguments.pairs) if len(sentences_of(pair.premise)) == SENTENCES)
    figures = time_claims(list(islice(fit, CLAIMS)))
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    note(json.dumps(figures))


def time_claims(pairs: Sequence[Pair]) -> dict[str, float]:
    """Over all claims, each timed by its median over all rounds but the first, which warms up."""
    model = Entailment()
    model.prepare()
    rounds = [
        [seconds_of(partial(model.probability, pair.claim, pair.premise)) for pair in pairs]
        for _ in range(ROUNDS)
    ]
    each = [1000 * statistics.median(times) for times in zip(*rounds[1:], strict=True)]
    return {
        "claims": len(pairs),
        "tokens a claim and its premise": statistics.mean(
            count_tokens([f"{pair.claim} {pair.premise}" for pair in pairs])
        ),
        "median ms": statistics.median(each),
        "95th percentile ms": float(np.percentile(each, 95)),
    }


if __name__ == "__main__":
    main()
