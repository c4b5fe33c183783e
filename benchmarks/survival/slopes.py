"""Does it grow? A line through measurements, and how surely its slope is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
BLOCK = 10  # neighbouring measurements that are drawn together: what one is, the next is likely to be
LOW, HIGH = 0.025, 0.975

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slope:
    """Change per hour with its 95 % interval; first and last are medians of a tenth of the measurements."""

    per_hour: float
    low: float
    high: float
    first: float
    last: float
    most: float
    n: int


def slope_of(minutes: Sequence[float], values: Sequence[float], seed: int = 0) -> Slope:
    """The least-squares slope; its spread from a moving-block bootstrap of what the line leaves over.

    Neighbouring measurements are alike, so drawing them one by one would make the interval too narrow.
    """
    hours, measured = np.asarray(minutes) / 60, np.asarray(values, dtype=float)
    slope, level = np.polyfit(hours, measured, 1)
    line = slope * hours + level
    drawn = np.random.default_rng(seed)
    again = [np.polyfit(hours, line + _blocks(measured - line, drawn), 1)[0] for _ in range(RESAMPLES)]
    low, high = np.quantile(again, [LOW, HIGH])
    tenth = max(1, len(measured) // 10)
    ends = float(np.median(measured[:tenth])), float(np.median(measured[-tenth:]))
    return Slope(float(slope), float(low), float(high), *ends, float(measured.max()), len(measured))


def _blocks(left: Values, drawn: np.random.Generator) -> Values:
    size = min(BLOCK, len(left))
    starts = drawn.integers(0, len(left) - size + 1, size=-(-len(left) // size))
    return np.concatenate([left[start : start + size] for start in starts])[: len(left)]
