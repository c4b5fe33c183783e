import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.measures import Latency, latency, percentile

SECONDS = st.lists(st.floats(0, 1000), min_size=1)


def test_a_hand_computed_run() -> None:
    seconds = [float(n) for n in range(101)]
    assert latency(seconds) == Latency(p50=50, p95=95, p99=99, n=101)
    assert percentile([1, 2], 75) == 1.75  # linear between neighbours
    assert latency([3.0]) == Latency(3, 3, 3, 1)


def test_without_times_nothing_applies() -> None:
    assert percentile([], 50) is latency([]) is None


@pytest.mark.parametrize("percent", [-1, 100.1, float("nan")])
def test_a_percentage_lies_between_0_and_100(percent: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        percentile([1], percent)


@given(SECONDS)
def test_percentiles_ascend_within_the_times_in_any_order(seconds: list) -> None:
    found = latency(seconds)
    assert found == latency(sorted(seconds))
    bounds = np.array([min(seconds), found.p50, found.p95, found.p99, max(seconds)])
    assert (np.diff(bounds) >= -1e-9).all()
    assert found.n == len(seconds)


@given(SECONDS)
def test_the_fiftieth_is_the_median_and_the_ends_are_the_ends(seconds: list) -> None:
    assert percentile(seconds, 50) == pytest.approx(statistics.median(seconds))
    assert (percentile(seconds, 0), percentile(seconds, 100)) == (min(seconds), max(seconds))


@given(st.lists(st.floats(0, 1000), min_size=2), st.integers(1, 99))
def test_it_agrees_with_the_standard_librarys_quantiles(seconds: list, percent: int) -> None:
    expected = statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]
    assert percentile(seconds, percent) == pytest.approx(expected)
