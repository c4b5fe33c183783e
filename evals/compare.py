"""Comparing: two runs of the same questions, measure by measure, and the questions whose verdict turned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.judging import Judged
from evals.measures import Difference, mean, paired_difference, run_difference
from evals.score import QUESTION_MEASURES, RUN_MEASURES, QuestionMeasure, RunMeasure


@dataclass(frozen=True, slots=True)
class Compared:
    """One measure of two runs.

    Attributes:
        before: of the first run; None where the measure applies to no question.
        after: of the second.
        difference: after − before, over the questions to which the measure applies in both; None
            without any. Its p-value is for this measure alone: of twenty measures that did not move,
            one is expected below 0.05.
    """

    before: float | None
    after: float | None
    difference: Difference | None


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that was answered rightly in one of two runs only."""

    before: Judged
    after: Judged


def compare(before: Sequence[Judged], after: Sequence[Judged]) -> Mapping[str, Compared]:
    """Every measure, the second run against the first.

    Args:
        before: a judged run.
        after: another of the same questions, in the same order.
    """
    return {
        **{name: _compare_means(before, after, of) for name, of in QUESTION_MEASURES.items()},
        **{name: _compare_runs(before, after, of) for name, of in RUN_MEASURES.items()},
    }


def flips(before: Sequence[Judged], after: Sequence[Judged]) -> tuple[Flip, ...]:
    """The questions whose verdict turned, first those that went wrong."""
    turned = [Flip(one, other) for one, other in zip(before, after, strict=True) if one.right != other.right]
    return tuple(sorted(turned, key=lambda flip: bool(flip.after.right)))


def _compare_means(before: Sequence[Judged], after: Sequence[Judged], of: QuestionMeasure) -> Compared:
    earlier, later = ([of(item) for item in run] for run in (before, after))
    return Compared(mean(earlier)[0], mean(later)[0], paired_difference(later, earlier))


def _compare_runs(before: Sequence[Judged], after: Sequence[Judged], measure: RunMeasure) -> Compared:
    pairs = [(measure.pair(one), measure.pair(other)) for one, other in zip(before, after, strict=True)]
    earlier, later = ([pair for pair in run if pair is not None] for run in zip(*pairs, strict=True))
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    difference = run_difference([other for _, other in both], [one for one, _ in both], measure.of)
    return Compared(measure.of(earlier), measure.of(later), difference)
