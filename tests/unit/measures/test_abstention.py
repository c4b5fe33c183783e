from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from evals.measures import abstention_f1, abstention_precision, abstention_recall, false_refusal_rate

Measure = Callable[[list, list], float | None]

ALL = (abstention_precision, abstention_recall, abstention_f1, false_refusal_rate)
QUESTIONS = st.lists(st.tuples(st.booleans(), st.booleans()))  # abstained, answerable


def columns(questions: list) -> tuple[list[bool], list[bool]]:
    return [held for held, _ in questions], [can for _, can in questions]


def test_a_hand_computed_run() -> None:
    abstained = [True, True, False, True, False, False]
    answerable = [False, False, False, True, True, True]
    assert abstention_precision(abstained, answerable) == pytest.approx(2 / 3)
    assert abstention_recall(abstained, answerable) == pytest.approx(2 / 3)
    assert abstention_f1(abstained, answerable) == pytest.approx(2 / 3)
    assert false_refusal_rate(abstained, answerable) == pytest.approx(1 / 3)


def test_what_does_not_apply_is_none() -> None:
    assert abstention_precision([False], [False]) is None  # never abstained
    assert abstention_recall([True], [True]) is abstention_f1([True], [True]) is None  # all answerable
    assert false_refusal_rate([True], [False]) is None  # none answerable
    assert [measure([], []) for measure in ALL] == [None] * 4


def test_never_abstaining_finds_nothing() -> None:
    assert abstention_recall([False], [False]) == abstention_f1([False], [False]) == 0


@pytest.mark.parametrize("measure", ALL)
def test_every_question_needs_both_columns(measure: Measure) -> None:
    with pytest.raises(ValueError, match="shorter"):
        measure([True, False], [True])


@given(QUESTIONS)
def test_values_lie_between_0_and_1_in_any_order(questions: list) -> None:
    values = [measure(*columns(questions)) for measure in ALL]
    assert values == [measure(*columns(sorted(questions))) for measure in ALL]
    assert all(0 <= value <= 1 for value in values if value is not None)


@given(st.lists(st.booleans()))
def test_a_perfect_run_scores_1_and_refuses_nothing_wrongly(answerable: list) -> None:
    abstained = [not can for can in answerable]
    assert {measure(abstained, answerable) for measure in ALL[:3]} <= {1.0, None}
    assert false_refusal_rate(abstained, answerable) in (0.0, None)


@settings(deadline=None)
@given(QUESTIONS)
def test_they_agree_with_scikit_learn_where_they_apply(questions: list) -> None:
    abstained, answerable = columns(questions)
    unanswerable = [not can for can in answerable]
    oracles = (precision_score, recall_score, f1_score)
    for measure, oracle in zip(ALL[:3], oracles, strict=True):
        if (ours := measure(abstained, answerable)) is not None:
            assert ours == pytest.approx(oracle(unanswerable, abstained, zero_division=0.0))
    if any(answerable):
        refused = recall_score(answerable, abstained, zero_division=0.0)
        assert false_refusal_rate(abstained, answerable) == pytest.approx(refused)
