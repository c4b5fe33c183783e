import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.measures import (
    Interval,
    mean,
    mean_interval,
    paired_difference,
    run_difference,
    run_interval,
)

SHARES = st.integers(0, 8).map(lambda eighths: eighths / 8)
VALUES = st.lists(st.none() | SHARES)
PAIRS = st.lists(st.tuples(st.none() | SHARES, st.none() | SHARES))


def average(values: list) -> float | None:
    return sum(values) / len(values) if values else None


def test_a_mean_counts_what_applies() -> None:
    assert mean([1.0, None, 0.0]) == (0.5, 2)
    assert mean([None, None]) == mean([]) == (None, 0)


@given(VALUES)
def test_a_mean_lies_among_its_values(values: list) -> None:
    value, n = mean(values)
    assert n == sum(value is not None for value in values)
    assert (value is None) == (n == 0)
    assert value is None or 0 <= value <= 1


def test_too_few_values_have_no_interval_and_none_no_difference() -> None:
    assert mean_interval([]) is mean_interval([None]) is mean_interval([1.0, None]) is None
    assert run_interval([], average) is run_interval([1.0], average) is None
    assert paired_difference([None, 1.0], [1.0, None]) is paired_difference([], []) is None
    assert run_difference([], [], average) is None


def test_equal_values_leave_no_doubt() -> None:
    assert mean_interval([0.25] * 40) == run_interval([0.25] * 40, average) == Interval(0.25, 0.25)


def test_the_interval_of_a_share_is_near_its_normal_approximation() -> None:
    half = 1.96 * (0.75 * 0.25 / 400) ** 0.5
    expected = pytest.approx((0.75 - half, 0.75 + half), abs=0.01)
    values = [1.0] * 300 + [0.0] * 100
    for interval in (mean_interval(values), run_interval(values, average)):
        assert (interval.low, interval.high) == expected


def test_ninety_five_of_a_hundred_intervals_hold_the_truth() -> None:
    generator = np.random.default_rng(5)
    samples = (generator.random(60) for _ in range(300))
    intervals = [mean_interval(sample.tolist(), resamples=999) for sample in samples]
    held = sum(interval.low <= 0.5 <= interval.high for interval in intervals)
    assert 0.90 <= held / 300 <= 0.98


@settings(deadline=None, max_examples=50)
@given(VALUES)
def test_an_interval_lies_among_the_values_and_does_not_depend_on_their_order(values: list) -> None:
    interval = mean_interval(values, resamples=200)
    applying = [value for value in values if value is not None]
    assert interval == mean_interval(applying[::-1], resamples=200)
    if interval is not None:
        assert min(applying) - 1e-12 <= interval.low <= interval.high <= max(applying) + 1e-12


def test_a_measure_that_does_not_apply_to_every_resample_has_no_interval() -> None:
    def of_two(items: list) -> float | None:
        return None if len(set(items)) < 2 else 1.0

    assert run_interval([1, 2], of_two) is None


def test_a_hand_computed_difference() -> None:
    found = paired_difference([1.0, 1.0, 1.0, None], [0.0, 0.0, 0.0, 0.5])
    assert (found.mean, found.n, found.interval) == (1, 3, Interval(1, 1))
    assert found.p_value == 2 / 8  # only +++ and --- lie as far from 0


def test_runs_that_are_alike_differ_by_chance() -> None:
    for found in (paired_difference([0.5, 0.2], [0.5, 0.2]), run_difference([0.5, 0.2], [0.5, 0.2], average)):
        assert (found.mean, found.p_value, found.n) == (0, 1, 2)


def test_one_question_decides_nothing() -> None:
    for found in (paired_difference([1.0], [0.0]), run_difference([1.0], [0.0], average)):
        assert (found.mean, found.interval, found.p_value, found.n) == (1, None, 1, 1)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(SHARES, SHARES), min_size=2, max_size=8))
def test_the_p_value_counts_the_patterns_that_lie_as_far_from_0(pairs: list) -> None:
    differences = [a - b for a, b in pairs]
    sums = [
        abs(sum(sign * each for sign, each in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    expected = sum(one >= abs(sum(differences)) for one in sums) / len(sums)
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    assert paired_difference(ours, theirs).p_value == pytest.approx(expected)
    assert run_difference(ours, theirs, average).p_value == pytest.approx(expected)


def test_a_sampled_p_value_is_never_0() -> None:
    assert paired_difference([1.0] * 60, [0.0] * 60, resamples=999).p_value == 2 / 1000
    assert run_difference([1.0] * 60, [0.0] * 60, average).p_value == 2 / 1000


def test_means_differ_alike_by_either_way() -> None:
    generator = np.random.default_rng(6)
    ours, theirs = generator.normal(0.2, 1, 80).tolist(), generator.normal(0, 1, 80).tolist()
    one, other = paired_difference(ours, theirs), run_difference(ours, theirs, average)
    assert one.mean == pytest.approx(other.mean)
    assert one.p_value == pytest.approx(other.p_value, abs=0.04)
    assert (one.interval.low, one.interval.high) == pytest.approx(
        (other.interval.low, other.interval.high), abs=0.05
    )


@settings(deadline=None, max_examples=50)
@given(PAIRS)
def test_a_difference_turned_round_changes_its_sign_alone(pairs: list) -> None:
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    found, turned = (paired_difference(*runs, resamples=4000) for runs in ((ours, theirs), (theirs, ours)))
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert found.mean == pytest.approx(-turned.mean)
        assert found.n == turned.n
        assert 0 < found.p_value <= 1
        assert found.p_value == pytest.approx(turned.p_value, abs=0.1)  # 4,000 patterns of many


@settings(deadline=None, max_examples=50)
@given(PAIRS)
def test_the_order_of_the_questions_does_not_matter(pairs: list) -> None:
    found, turned = (
        paired_difference([a for a, _ in some], [b for _, b in some], resamples=200)
        for some in (pairs, pairs[::-1])
    )
    assert found == turned


def test_runs_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_difference([1.0, 0.0], [1.0])
    with pytest.raises(ValueError, match="paired"):
        run_difference([1.0, 0.0], [1.0], average)
