import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_score, recall_score

from evals.measures import abstention_f1, abstention_precision, abstention_recall, false_refusal, mean

OF_ONE = (abstention_precision, abstention_recall, false_refusal)
QUESTIONS = st.lists(st.tuples(st.booleans(), st.booleans()))  # abstained, answerable


def means(questions: list) -> list[float | None]:
    """Precision, recall, false refusals."""
    return [mean([of(abstained=held, answerable=can) for held, can in questions])[0] for of in OF_ONE]


def f1(questions: list) -> float | None:
    return abstention_f1([held for held, _ in questions], [can for _, can in questions])


def test_a_hand_computed_run() -> None:
    questions = [(True, False), (True, False), (False, False), (True, True), (False, True), (False, True)]
    assert means(questions) == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert f1(questions) == pytest.approx(2 / 3)


def test_what_does_not_apply_is_none() -> None:
    assert abstention_precision(abstained=False, answerable=False) is None
    assert abstention_recall(abstained=True, answerable=True) is None
    assert false_refusal(abstained=True, answerable=False) is None
    assert abstention_f1([True], [True]) is abstention_f1([], []) is None


def test_never_abstaining_finds_nothing() -> None:
    assert abstention_recall(abstained=False, answerable=False) == abstention_f1([False], [False]) == 0


def test_every_question_needs_both_columns() -> None:
    with pytest.raises(ValueError, match="shorter"):
        abstention_f1([True, False], [True])


@given(QUESTIONS)
def test_values_lie_between_0_and_1_in_any_order(questions: list) -> None:
    values = [*means(questions), f1(questions)]
    assert values == [*means(sorted(questions)), f1(sorted(questions))]
    assert all(0 <= value <= 1 for value in values if value is not None)


@given(st.lists(st.booleans()))
def test_a_perfect_run_scores_1_and_refuses_nothing_wrongly(answerable: list) -> None:
    questions = [(not can, can) for can in answerable]
    precision, recall, refused = means(questions)
    assert {precision, recall, f1(questions)} <= {1.0, None}
    assert refused in (0.0, None)


@settings(deadline=None)
@given(QUESTIONS)
def test_they_agree_with_scikit_learn_where_they_apply(questions: list) -> None:
    abstained = [held for held, _ in questions]
    unanswerable = [not can for _, can in questions]
    precision, recall, refused = means(questions)
    oracles = ((precision, precision_score), (recall, recall_score), (f1(questions), f1_score))
    for ours, oracle in oracles:
        if ours is not None:
            assert ours == pytest.approx(oracle(unanswerable, abstained, zero_division=0.0))
    if refused is not None:
        answerable = [can for _, can in questions]
        assert refused == pytest.approx(recall_score(answerable, abstained, zero_division=0.0))
