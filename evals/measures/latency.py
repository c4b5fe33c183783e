"""Latency: percentiles of wall times, in the unit of what comes in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Latency:
    """Percentiles of `n` wall times, in their unit.

    Attributes:
        p50: the median.
        p95: 95 % took no longer.
        p99: 99 % took no longer; close to the slowest unless `n` is well over 100.
        n: how many were timed.
    """

    p50: float
    p95: float
    p99: float
    n: int


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value that `percent` (0–100) of the values do not exceed; None for no values.

    Interpolated linearly between neighbours, so that the 50th is the median: type 7 of Hyndman,
    Fan: Sample quantiles in statistical packages, The American Statistician 1996.

    Raises:
        ValueError: for a percentage outside 0–100.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"a percentage lies between 0 and 100, got {percent}")
    return float(np.percentile(values, percent, method="linear")) if values else None


def latency(values: Sequence[float]) -> Latency | None:
    """The percentiles one reports; None for no values. Hyndman, Fan 1996, type 7."""
    if not values:
        return None
    p50, p95, p99 = np.percentile(values, (50, 95, 99), method="linear").tolist()
    return Latency(p50, p95, p99, len(values))
