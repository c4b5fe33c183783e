import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evals.measures import Interval, mean, mean_interval, paired_difference

SHARES = st.integers(0, 8).map(lambda eighths: eighths / 8)
VALUES = st.lists(st.none() | SHARES)
PAIRS = st.lists(st.tuples(st.none() | SHARES, st.none() | SHARES))


def test_a_mean_counts_what_applies() -> None:
    assert mean([1.0, None, 0.0]) == (0.5, 2)
    assert mean([None, None]) == mean([]) == (None, 0)


@given(VALUES)
def test_a_mean_lies_among_its_values(values: list) -> None:
    value, n = mean(values)
    assert n == sum(value is not None for value in values)
    assert (value is None) == (n == 0)
    assert value is None or 0 <= value <= 1


def test_without_values_there_is_no_interval_and_no_difference() -> None:
    assert mean_interval([None]) is mean_interval([]) is None
    assert paired_difference([None, 1.0], [1.0, None]) is paired_difference([], []) is None


def test_equal_values_leave_no_doubt() -> None:
    assert mean_interval([0.25] * 40) == Interval(0.25, 0.25)


def test_the_interval_of_a_share_is_near_its_normal_approximation() -> None:
    interval = mean_interval([1.0] * 300 + [0.0] * 100)
    half = 1.96 * (0.75 * 0.25 / 400) ** 0.5
    assert (interval.low, interval.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.005)


def test_a_lower_level_gives_a_narrower_interval() -> None:
    values = [n / 50 for n in range(50)]
    wide, narrow = mean_interval(values, level=0.99), mean_interval(values, level=0.5)
    assert wide.low < narrow.low < 0.49 < narrow.high < wide.high


def test_the_interval_agrees_with_scipy() -> None:
    values = np.random.default_rng(3).beta(2, 5, 120)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(4)
    ).confidence_interval
    ours = mean_interval(values.tolist())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.002)


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    generator = np.random.default_rng(5)
    samples = (generator.random(60) for _ in range(300))
    intervals = [mean_interval(sample.tolist(), resamples=1000) for sample in samples]
    held = sum(interval.low <= 0.5 <= interval.high for interval in intervals)
    assert 0.90 <= held / 300 <= 0.98


@settings(deadline=None)
@given(VALUES)
def test_an_interval_lies_among_the_values_and_does_not_depend_on_their_order(values: list) -> None:
    interval = mean_interval(values, resamples=200)
    applying = [value for value in values if value is not None]
    assert interval == mean_interval(applying[::-1], resamples=200)
    if interval is not None:
        assert min(applying) - 1e-12 <= interval.low <= interval.high <= max(applying) + 1e-12


def test_the_seed_decides() -> None:
    values = [n / 7 for n in range(30)]
    assert mean_interval(values, seed=1) == mean_interval(values, seed=1) != mean_interval(values, seed=2)


def test_a_hand_computed_difference() -> None:
    found = paired_difference([1.0, 1.0, 1.0, None], [0.0, 0.0, 0.0, 0.5])
    assert (found.mean, found.n, found.interval) == (1, 3, Interval(1, 1))
    assert found.p_value == 2 / 8  # only +++ and --- lie as far from 0


@settings(deadline=None)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=8))
def test_rounding_is_no_difference(tenths: list) -> None:
    exact = paired_difference([float(n) for n in tenths], [0.0] * len(tenths), resamples=10)
    rounded = paired_difference([n / 10 for n in tenths], [0.0] * len(tenths), resamples=10)
    assert rounded.p_value == exact.p_value


def test_runs_that_are_alike_differ_by_chance() -> None:
    found = paired_difference([0.5, 0.2], [0.5, 0.2])
    assert (found.mean, found.p_value, found.n) == (0, 1, 2)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=9))
def test_the_exact_p_value_agrees_with_scipy(pairs: list) -> None:
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    oracle = stats.permutation_test(
        (ours, theirs), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf
    )
    assert paired_difference(ours, theirs, resamples=10).p_value == pytest.approx(oracle.pvalue)


def test_the_sampled_p_value_agrees_with_scipy() -> None:
    generator = np.random.default_rng(6)
    ours, theirs = generator.normal(0.2, 1, 80), generator.normal(0, 1, 80)
    oracle = stats.permutation_test(
        (ours, theirs),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=generator,
    )
    found = paired_difference(ours.tolist(), theirs.tolist(), resamples=20_000)
    assert found.p_value == pytest.approx(oracle.pvalue, abs=0.015)
    assert found.mean == pytest.approx((ours - theirs).mean())


def test_a_sampled_p_value_is_never_0() -> None:
    assert paired_difference([1.0] * 60, [0.0] * 60, resamples=999).p_value == 1 / 1000


@settings(deadline=None)
@given(PAIRS)
def test_a_difference_turned_round_changes_its_sign_alone(pairs: list) -> None:
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    found, turned = (paired_difference(*runs, resamples=200) for runs in ((ours, theirs), (theirs, ours)))
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert found.mean == pytest.approx(-turned.mean)
        assert found.n == turned.n
        assert 0 < found.p_value <= 1
        assert found.n > 16 or found.p_value == turned.p_value
        assert -1 - 1e-12 <= found.interval.low <= found.interval.high <= 1 + 1e-12


@settings(deadline=None)
@given(PAIRS)
def test_the_order_of_the_questions_does_not_matter(pairs: list) -> None:
    found, turned = (
        paired_difference([a for a, _ in some], [b for _, b in some], resamples=200)
        for some in (pairs, pairs[::-1])
    )
    assert found == turned


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_difference([1.0, 0.0], [1.0])
    for level in (0, 1, 95):
        with pytest.raises(ValueError, match="level"):
            mean_interval([1.0], level=level)
    with pytest.raises(ValueError, match="resamples"):
        mean_interval([1.0], resamples=0)
