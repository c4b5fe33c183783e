"""Statistics: how far a mean, or the difference of two runs' means, is to be trusted.

Values to which a measure did not apply (None) are left out. Results depend on the values and the
seed alone, not on the order of the questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]

_BLOCK = 1 << 20  # numbers drawn at once: 8 MiB
_EXACT = 16  # differences up to which all 2^16 sign patterns are tried


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, in the unit of what was measured."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better one run is than another on the same questions.

    Attributes:
        mean: mean of ours − theirs.
        interval: 95 % (or the level asked for) bootstrap interval of the mean.
        p_value: chance of a mean at least this far from 0 if both runs were alike, two-sided.
        n: questions to which the measure applies in both runs.
    """

    mean: float
    interval: Interval
    p_value: float
    n: int


def mean(values: Sequence[float | None]) -> tuple[float | None, int]:
    """Mean of the values that apply, and how many they are."""
    applying = [value for value in values if value is not None]
    return (sum(applying) / len(applying) if applying else None), len(applying)


def mean_interval(
    values: Sequence[float | None], *, level: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> Interval | None:
    """Percentile bootstrap interval of the mean; None if no value applies.

    Too narrow for a handful of values, and without width for one: read it beside n. Efron,
    Tibshirani: An introduction to the bootstrap, 1993, chapter 13.

    Args:
        values: one per question.
        level: share of the resampled means that lie inside, 0–1.
        resamples: how often the questions are drawn anew, with replacement.
        seed: of the random numbers.

    Raises:
        ValueError: for a level outside (0, 1), or fewer than one resample.
    """
    applying = np.sort(np.array([value for value in values if value is not None], dtype=np.float64))
    return _bootstrap(applying, level, resamples, seed) if applying.size else None


def paired_difference(
    ours: Sequence[float | None],
    theirs: Sequence[float | None],
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Difference | None:
    """Mean difference of two runs on the same questions, its interval and its significance.

    The interval is the paired percentile bootstrap's (Efron, Tibshirani 1993; Koehn: Statistical
    significance tests for machine translation evaluation, EMNLP 2004). The p-value is that of the
    sign-flip permutation test (Fisher: The design of experiments, 1935; Smucker, Allan, Carterette:
    A comparison of statistical significance tests for information retrieval evaluation, CIKM 2007):
    exact for up to 16 differences other than 0, else Monte Carlo, (hits + 1) / (resamples + 1) after
    Phipson, Smyth: Permutation p-values should never be zero, 2010.

    Args:
        ours: one value per question.
        theirs: the other run's values, in the same order.
        level: share of the resampled means that lie inside, 0–1.
        resamples: how often the questions are drawn anew, and signs flipped.
        seed: of the random numbers.

    Returns:
        None if there is no question to which the measure applies in both runs.

    Raises:
        ValueError: for runs of different length, a level outside (0, 1), or fewer than one resample.
    """
    pairs = zip(ours, theirs, strict=True)
    differences = np.sort(np.array([a - b for a, b in pairs if a is not None and b is not None], np.float64))
    if not differences.size:
        return None
    interval = _bootstrap(differences, level, resamples, seed)
    p_value = _sign_flip(differences, resamples, seed)
    return Difference(float(differences.mean()), interval, p_value, differences.size)


def _bootstrap(values: _Floats, level: float, resamples: int, seed: int) -> Interval:
    if not 0 < level < 1:
        raise ValueError(f"a level lies between 0 and 1, got {level}")
    generator = np.random.default_rng(seed)
    means = [
        values[generator.integers(0, values.size, (count, values.size))].mean(axis=1)
        for count in _blocks(resamples, values.size)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2]).tolist()
    return Interval(low, high)


def _sign_flip(differences: _Floats, resamples: int, seed: int) -> float:
    """Chance that random signs bring the sum as far from 0 as it is."""
    sizes = np.abs(differences[differences != 0])  # a 0 stays 0 under either sign
    observed = abs(float(differences.sum())) - 1e-12 * float(sizes.sum())  # rounding is no difference
    if sizes.size <= _EXACT:
        patterns = np.arange(1 << sizes.size)[:, None] >> np.arange(sizes.size) & 1
        return float((np.abs(_signed(patterns, sizes)) >= observed).mean())
    generator = np.random.default_rng(seed)
    reached = sum(
        int((np.abs(_signed(generator.integers(0, 2, (count, sizes.size)), sizes)) >= observed).sum())
        for count in _blocks(resamples, sizes.size)
    )
    return (reached + 1) / (resamples + 1)


def _signed(patterns: npt.NDArray[np.int64], sizes: _Floats) -> _Floats:
    """Sum of the sizes under each row of signs, 1 for plus and 0 for minus."""
    return (2.0 * patterns - 1.0) @ sizes


def _blocks(rows: int, width: int) -> list[int]:
    """Rows in turns small enough for memory."""
    if rows < 1:
        raise ValueError(f"resamples must be at least 1, got {rows}")
    most = max(1, _BLOCK // width)
    return [min(most, rows - start) for start in range(0, rows, most)]
