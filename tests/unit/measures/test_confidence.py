from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from evals.measures import aurc, auroc, brier, calibration_error, mean

Measure = Callable[[list, list], float | None]

SCORES = st.lists(st.integers(0, 5).map(float), min_size=1)
TENTHS = st.integers(0, 10).map(lambda tenths: tenths / 10)
BELIEFS = st.floats(0, 1) | TENTHS
ANSWERS = st.lists(st.tuples(BELIEFS, st.booleans()), min_size=1)

# Between the edges of 10 and of 15 bins, on which we and scikit-learn round differently; both ends included.
BETWEEN = st.sampled_from([0.0, 1.0]) | st.builds(
    lambda bin_, within: (bin_ + within) / 30, st.integers(0, 29), st.floats(0.001, 0.999)
)
OFF_EDGES = st.lists(st.tuples(BETWEEN, st.booleans()), min_size=1)


def columns(answers: list) -> tuple[list[float], list[bool]]:
    return [belief for belief, _ in answers], [right for _, right in answers]


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_ordered_pairs(positive: list, negative: list) -> None:
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))


@settings(deadline=None)
@given(SCORES, SCORES)
def test_auroc_agrees_with_scikit_learn(positive: list, negative: list) -> None:
    labels = [1] * len(positive) + [0] * len(negative)
    assert auroc(positive, negative) == pytest.approx(roc_auc_score(labels, positive + negative))


@given(SCORES, SCORES)
def test_auroc_turned_round_is_the_rest(positive: list, negative: list) -> None:
    assert auroc(positive, negative) == pytest.approx(1 - auroc(negative, positive))
    assert auroc(positive, negative) == auroc(positive[::-1], negative[::-1])


def test_auroc_of_a_perfect_separation_is_1() -> None:
    assert auroc([0.7, 0.9], [0.1, 0.6]) == 1


def test_without_answers_nothing_applies() -> None:
    assert auroc([], [0.1]) is auroc([0.1], []) is None
    assert aurc([], []) is calibration_error([], []) is brier([], []) is None


def test_aurc_of_a_hand_computed_run() -> None:
    # most confident first: right, wrong, right, wrong → risks 0, 1/2, 1/3, 2/4
    value = aurc([0.9, 0.8, 0.7, 0.6], [True, False, True, False])
    assert value == pytest.approx((0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6))
def test_aurc_is_the_mean_over_all_orders_of_equal_confidences(answers: list) -> None:
    areas = []
    for order in permutations(answers):
        wrong = [not right for _, right in sorted(order, key=lambda answer: -answer[0])]
        areas.append(mean([sum(wrong[:kept]) / kept for kept in range(1, len(wrong) + 1)])[0])
    assert aurc(*columns(answers)) == pytest.approx(sum(areas) / len(areas))


@given(st.lists(st.booleans(), min_size=1))
def test_aurc_is_lowest_when_right_answers_are_the_confident_ones(right: list) -> None:
    ascending = sorted(right)
    confidences = [rank / len(right) for rank in range(len(right))]
    best, worst = aurc(confidences, ascending), aurc(confidences, ascending[::-1])
    assert best <= aurc(confidences, right) + 1e-12
    assert worst >= aurc(confidences, right) - 1e-12
    assert aurc([0.5] * len(right), right) == pytest.approx(1 - sum(right) / len(right))


def test_calibration_error_of_a_hand_computed_run() -> None:
    # (0.8, 0.9]: mean confidence 0.85, half right; (0.1, 0.2]: 0.2, none right
    value = calibration_error([0.81, 0.89, 0.2, 0.2], [True, False, False, False])
    assert value == pytest.approx(0.5 * 0.35 + 0.5 * 0.2)


def test_bins_include_their_upper_edge() -> None:
    # 0.3 and 0.31 stand in different bins of ten, in the same of two
    assert calibration_error([0.3, 0.31], [True, False]) == pytest.approx((0.7 + 0.31) / 2)
    assert calibration_error([0.3, 0.31], [True, False], bins=2) == pytest.approx(abs(0.61 - 1) / 2)
    assert calibration_error([0.0, 0.1], [False, True]) == pytest.approx(0.9 / 2)


@pytest.mark.parametrize("bins", [10, 15])
@settings(deadline=None)
@given(answers=OFF_EDGES)
def test_calibration_error_agrees_with_scikit_learns_curve(bins: int, answers: list) -> None:
    believed, right = columns(answers)
    edges = np.linspace(0, 1, bins + 1)
    shares, means = calibration_curve(right, believed, n_bins=bins)
    counts, _ = np.histogram(believed, edges)
    expected = (np.abs(shares - means) * counts[counts > 0]).sum() / len(believed)
    assert calibration_error(believed, right, bins) == pytest.approx(expected)


@settings(deadline=None)
@given(ANSWERS)
def test_brier_agrees_with_scikit_learn(answers: list) -> None:
    believed, right = columns(answers)
    assert brier(believed, right) == pytest.approx(brier_score_loss(right, believed, pos_label=True))


@pytest.mark.parametrize("measure", [aurc, calibration_error, brier])
@given(answers=ANSWERS)
def test_values_lie_between_0_and_1_in_any_order(measure: Measure, answers: list) -> None:
    value = measure(*columns(answers))
    assert 0 <= value <= 1
    assert value == pytest.approx(measure(*columns(answers[::-1])))


@pytest.mark.parametrize("measure", [aurc, calibration_error, brier])
def test_a_perfect_run_has_no_error(measure: Measure) -> None:
    assert measure([1.0, 1.0], [True, True]) == 0


def test_certain_of_what_is_right_and_of_what_is_wrong_is_calibrated() -> None:
    assert calibration_error([1.0, 0.0], [True, False]) == brier([1.0, 0.0], [True, False]) == 0


def test_what_cannot_be_measured_is_refused() -> None:
    for measure in (calibration_error, brier):
        for confidence in (-0.1, 1.1, float("nan")):
            with pytest.raises(ValueError, match="confidences"):
                measure([confidence], [True])
    for measure in (aurc, calibration_error, brier):
        with pytest.raises(ValueError, match="1 confidences for 2 answers"):
            measure([0.5], [True, False])
    with pytest.raises(ValueError, match="bins"):
        calibration_error([0.5], [True], bins=0)
