"""Statistics: how far a mean, or the difference of two runs, is to be trusted.

Values to which a measure did not apply (None) are left out. The random numbers are the same every
time, so the same run has the same interval.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64 | np.int64]
T = TypeVar("T")
RunMeasure = Callable[[Sequence[T]], float | None]

RESAMPLES = 9_999
RUN_RESAMPLES = 999  # of measures that see the whole run, and are computed anew for each
_SEED = 0


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, in the unit of what was measured."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a measure of one run lies above that of another on the same questions.

    Attributes:
        mean: ours − theirs.
        interval: its 95 % bootstrap interval; None for fewer than two questions.
        p_value: chance of a difference at least this far from 0 if both runs were alike, two-sided.
        n: questions it is taken over.
    """

    mean: float
    interval: Interval | None
    p_value: float
    n: int


def mean(values: Sequence[float | None]) -> tuple[float | None, int]:
    """Mean of the values that apply, and how many they are."""
    applying = _applying(values)
    return (sum(applying) / len(applying) if applying else None), len(applying)


def mean_interval(values: Sequence[float | None], resamples: int = RESAMPLES) -> Interval | None:
    """95 % percentile bootstrap interval of the mean; None for fewer than two values that apply.

    Too narrow for a handful of values: read it beside n. Efron, Tibshirani: An introduction to the
    bootstrap, 1993, chapter 13.
    """
    return _bootstrap(np.sort(_applying(values)), np.mean, resamples, vectorized=True)


def run_interval(
    items: Sequence[T], measure: RunMeasure[T], resamples: int = RUN_RESAMPLES
) -> Interval | None:
    """The same for a measure that sees a whole run; None if it does not apply to every resample."""
    return _bootstrap(
        np.arange(len(items)), lambda chosen: _at(measure, items, chosen), resamples, vectorized=False
    )


def paired_difference(
    ours: Sequence[float | None], theirs: Sequence[float | None], resamples: int = RESAMPLES
) -> Difference | None:
    """Mean difference of two runs on the same questions, its interval and its significance.

    The interval is the paired percentile bootstrap's (Efron, Tibshirani 1993; Koehn: Statistical
    significance tests for machine translation evaluation, EMNLP 2004). The p-value is that of the
    permutation test that swaps the runs question by question (Fisher: The design of experiments,
    1935; Smucker, Allan, Carterette: A comparison of statistical significance tests for information
    retrieval evaluation, CIKM 2007), exact where there are no more patterns than resamples.

    Args:
        ours: one value per question.
        theirs: the other run's values, in the same order.
        resamples: how often the questions are drawn anew, and the runs swapped, at most.

    Returns:
        None if there is no question to which the measure applies in both runs.

    Raises:
        ValueError: for runs of different length.
    """
    pairs = zip(ours, theirs, strict=True)
    apart = np.sort([a - b for a, b in pairs if a is not None and b is not None])
    if not apart.size:
        return None
    interval = _bootstrap(apart, np.mean, resamples, vectorized=True)
    return Difference(float(apart.mean()), interval, _sign_flip(apart, resamples), apart.size)


def run_difference(
    ours: Sequence[T], theirs: Sequence[T], measure: RunMeasure[T], resamples: int = RUN_RESAMPLES
) -> Difference | None:
    """The same for a measure that sees a whole run; None if it does not apply to both.

    Raises:
        ValueError: for runs of different length.
    """
    if len(ours) != len(theirs):
        raise ValueError(f"runs of {len(ours)} and {len(theirs)} questions cannot be paired")
    one, other = measure(ours), measure(theirs)
    if one is None or other is None:
        return None
    either, n = [*ours, *theirs], len(ours)

    def apart(mine: Indices, others: Indices) -> float:
        return _at(measure, either, mine) - _at(measure, either, others)

    interval = _bootstrap(np.arange(n), lambda chosen: apart(chosen, chosen + n), resamples, vectorized=False)
    p_value = _swap((np.arange(n), np.arange(n) + n), apart, resamples, vectorized=False) if n > 1 else 1.0
    return Difference(one - other, interval, p_value, n)


def _applying(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _at(measure: RunMeasure[T], items: Sequence[T], chosen: Indices) -> float:
    """The measure of chosen items; NaN where it does not apply."""
    value = measure([items[index] for index in chosen])
    return float("nan") if value is None else value


def _bootstrap(
    data: Numbers,
    statistic: Callable[..., Any],
    resamples: int,
    *,
    vectorized: bool,
) -> Interval | None:
    from scipy import stats  # takes most of a second, and only measuring needs it

    if data.size < 2:
        return None
    # A resample to which the measure does not apply is NaN, and so is the interval: that is an answer here.
    with warnings.catch_warnings(action="ignore", category=stats.DegenerateDataWarning):
        found = stats.bootstrap(
            (data,),
            statistic,
            n_resamples=resamples,
            vectorized=vectorized,
            method="percentile",
            rng=np.random.default_rng(_SEED),
        ).confidence_interval
    low, high = float(found.low), float(found.high)
    return None if np.isnan(low) else Interval(low, high)


def _sign_flip(apart: Floats, resamples: int) -> float:
    """Chance that swapping runs at random brings the mean as far from 0 as it is."""
    moved = apart[apart != 0]  # swapping equal values changes nothing
    if moved.size < 2:
        return 1.0
    return _swap((moved, -moved), lambda one, _, axis: one.mean(axis=axis), resamples, vectorized=True)


def _swap(
    pair: tuple[Numbers, Numbers],
    statistic: Callable[..., Any],
    resamples: int,
    *,
    vectorized: bool,
) -> float:
    from scipy import stats

    found = stats.permutation_test(
        pair,
        statistic,
        permutation_type="samples",
        n_resamples=resamples,
        vectorized=vectorized,
        rng=np.random.default_rng(_SEED),
    )
    return float(found.pvalue)
