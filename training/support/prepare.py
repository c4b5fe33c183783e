"""Making pairs to train on and to measure on: `python -m training.support.prepare DATA --out DIR`."""

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from training.report import note
from training.sources import Article, draw, read_articles
from training.support.judged import Evidence, attribution_bench, fool_me_twice, lfqa_verification
from training.support.pairs import Pair, write_pairs
from training.support.premises import condense, coverage
from training.support.synthetic import synthetic_pairs
from training.tokens import count_tokens

SEED = 20_261_122
BUDGETS = (64, 112, 160, 208, 280)  # tokens a long reference is cut to
LOST = 0.05  # of a supported claim's words may be missing after the cut, not more
SHARE = 0.1  # of sentences and questions that a round takes from each article
HELD_OUT_SHARE = 0.35
DEVELOPMENT = 0.15  # of the groups of judged sets that have a test set of their own
TENTH = 0.1
UNDECIDED = 0.5  # how often a claim of Fool Me Twice is also shown without what decides it
BENCH = "attributionbench"


def main() -> None:
    """Reads the arguments and writes `train-0.jsonl` …, `development.jsonl` and `test-….jsonl`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the training sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5, help="passes, each drawn anew")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    judged, evidence = Judged(arguments.data), list(fool_me_twice(arguments.data / "fool_me_twice/dev.jsonl"))
    articles = list(read_articles(arguments.data))
    training = [article for article in articles if not article.held_out]
    for number in range(arguments.rounds):
        rng = random.Random(SEED + number)  # noqa: S311 - draws examples, guards nothing
        pairs = [*_judged_round(judged, evidence, rng), *_synthetic(training, SHARE, rng)]
        _save(
            arguments.out / f"train-{number}.jsonl", [replace(one, id=f"{number}/{one.id}") for one in pairs]
        )
    _save_held_out(arguments.out, arguments.data, judged, evidence, articles)


class Judged:
    """AttributionBench and LFQA-Verification, divided so that no question is on two sides.

    Args:
        data: folder of the training sets.
    """

    def __init__(self, data: Path) -> None:
        bench = list(attribution_bench(data / BENCH / "dev_all_subset_balanced.jsonl"))
        self.bench_test = list(attribution_bench(data / BENCH / "test_all_subset_balanced_sampled500.jsonl"))
        barred = {pair.group for pair in self.bench_test}
        lfqa = list(lfqa_verification(data / "lfqa_verification"))
        self.lfqa_test = [pair for pair in lfqa if draw(pair.group) < TENTH]
        rest = [pair for pair in lfqa if draw(pair.group) >= TENTH and pair.group not in barred]
        # its LFQA part says again what LFQA-Verification says
        bench = [pair for pair in bench if pair.source != "LFQA"]
        self.development = [pair for pair in bench if draw(pair.group) < DEVELOPMENT]
        self.development += [pair for pair in rest if draw(pair.group) < 2 * TENTH]
        kept_back = {pair.group for pair in self.development}
        self.training = [pair for pair in (*bench, *rest) if pair.group not in kept_back]


def _judged_round(judged: Judged, evidence: Sequence[Evidence], rng: random.Random) -> Iterator[Pair]:
    for pair in judged.training:
        yield shorter(pair, rng)
    for one in evidence:
        if draw(one.pair.group) >= DEVELOPMENT:
            yield from _shown(one, rng)


def shorter(pair: Pair, rng: random.Random) -> Pair:
    """The pair with its premise cut to a drawn budget, which rises until what carries the claim is kept."""
    full = coverage(pair.claim, pair.premise)
    (length,) = count_tokens([pair.premise])
    premise = pair.premise
    for budget in BUDGETS[rng.randrange(len(BUDGETS)) :]:
        if length > budget:
            premise = condense(pair.claim, pair.premise, budget)
        if not pair.support or coverage(pair.claim, premise) >= full - LOST:
            break
    return replace(pair, premise=premise)


def _shown(one: Evidence, rng: random.Random) -> Iterator[Pair]:
    """The claim with what decides it, other sentences of the page beside it; and now and then without."""
    above = [f"{one.title}."] if rng.random() < 0.5 else []
    others = rng.sample(one.others, min(len(one.others), rng.choice((0, 0, 1, 2, 3))))
    lines = [one.pair.premise, *others]
    rng.shuffle(lines)
    yield replace(one.pair, premise=" ".join([*above, *lines]))
    unsure = [text for text in one.others if coverage(one.pair.claim, text) < 0.5]
    if unsure and rng.random() < UNDECIDED:
        lines = rng.sample(unsure, min(len(unsure), rng.choice((1, 2, 3))))
        yield replace(
            one.pair,
            id=f"{one.pair.id}/elsewhere",
            kind="elsewhere",
            premise=" ".join([*above, *lines]),
            support=0.0,
            contradicted=False,
        )


def _synthetic(articles: Sequence[Article], share: float, rng: random.Random) -> Iterator[Pair]:
    for article in articles:
        yield from synthetic_pairs(article, share, rng)


def _save_held_out(
    out: Path, data: Path, judged: Judged, evidence: Sequence[Evidence], articles: Sequence[Article]
) -> None:
    """What is measured on; `development.jsonl` is for choosing and calibrating."""
    rng = random.Random(SEED)  # noqa: S311 - draws examples, guards nothing
    made = list(_synthetic([article for article in articles if article.held_out], HELD_OUT_SHARE, rng))
    first = {pair.group for pair in made if draw(f"half of {pair.group}") < 0.5}
    claims = [one.pair for one in evidence if draw(one.pair.group) < DEVELOPMENT]
    _save(out / "development.jsonl", [*judged.development, *claims, *_of(made, first)])
    _save(out / "test-attributionbench.jsonl", judged.bench_test)
    _save(
        out / "test-ood.jsonl", list(attribution_bench(data / BENCH / "test_ood_all_subset_balanced.jsonl"))
    )
    _save(out / "test-lfqa.jsonl", judged.lfqa_test)
    _save(out / "test-fm2.jsonl", [one.pair for one in fool_me_twice(data / "fool_me_twice/test.jsonl")])
    _save(out / "test-synthetic.jsonl", _of(made, {pair.group for pair in made} - first))


def _of(pairs: Sequence[Pair], groups: Set[str]) -> list[Pair]:
    return [pair for pair in pairs if pair.group in groups]


def _save(path: Path, pairs: Sequence[Pair]) -> None:
    write_pairs(path, pairs)
    carried = sum(pair.carried for pair in pairs)
    note(f"{path.name}: {len(pairs)} pairs, {carried} carried, {dict(Counter(pair.kind for pair in pairs))}")
    note(f"  by source: {dict(Counter(pair.source for pair in pairs))}")


if __name__ == "__main__":
    main()
