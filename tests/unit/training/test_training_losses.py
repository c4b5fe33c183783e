import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.losses import BINARY_WEIGHT, SPAN_WEIGHT, TEACHER_WEIGHT, TEMPERATURE, Losses, Targets, losses
from training.model import Scores

NAN = math.nan
TOKENS = 4
LOGITS = st.floats(-20, 20, width=32)


def measured(
    sentences: Sequence[Sequence[float]],
    golds: Sequence[Sequence[bool]],
    **told: Any,  # noqa: ANN401 - any part
) -> Losses:
    """The losses of a batch; what is not told is 0, present and readable, and without span and teacher."""
    size = len(sentences)
    scores = Scores(
        torch.tensor(sentences, dtype=torch.float32),
        torch.tensor(told.get("null", [0.0] * size)),
        torch.tensor(told.get("span", [[[0.0, 0.0]] * TOKENS] * size)),
    )
    given_golds = torch.tensor(golds)
    targets = Targets(
        present=torch.tensor(told["present"]) if "present" in told else torch.ones_like(given_golds),
        golds=given_golds,
        spans=torch.tensor(told.get("spans", [[-1, -1]] * size)),
        teacher=torch.tensor(told.get("teacher", [[NAN] * len(golds[0])] * size)),
        readable=torch.tensor(told.get("readable", [[True] * TOKENS] * size)),
    )
    return losses(scores, targets)


def softmax(*logits: float) -> list[float]:
    total = sum(map(math.exp, logits))
    return [math.exp(logit) / total for logit in logits]


def test_choice_is_the_cross_entropy_over_null_and_sentences() -> None:
    null, first, second = softmax(0.5, 2.0, -1.0)
    one = {"sentences": [[2.0, -1.0]], "null": [0.5]}
    assert measured(**one, golds=[[True, False]]).choice.item() == pytest.approx(-math.log(first), abs=1e-5)
    assert measured(**one, golds=[[False, True]]).choice.item() == pytest.approx(-math.log(second), abs=1e-5)
    assert measured(**one, golds=[[False, False]]).choice.item() == pytest.approx(-math.log(null), abs=1e-5)


def test_of_several_golds_the_sum_of_their_chances_counts() -> None:
    _, first, _, third = softmax(0.5, 2.0, -1.0, 1.0)
    found = measured([[2.0, -1.0, 1.0]], [[True, False, True]], null=[0.5]).choice.item()
    assert found == pytest.approx(-math.log(first + third), abs=1e-5)


def test_choice_is_a_mean_over_windows() -> None:
    one = measured([[2.0, 1.0]], [[True, False]]).choice.item()
    other = measured([[3.0, 1.0]], [[False, False]]).choice.item()
    both = measured([[2.0, 1.0], [3.0, 1.0]], [[True, False], [False, False]]).choice.item()
    assert both == pytest.approx((one + other) / 2, abs=1e-5)


def test_binary_is_the_mean_over_sentences_of_each_against_nothing() -> None:
    found = measured([[2.0, -1.0], [0.5, 9.0]], [[True, False], [False, False]], null=[0.5, 0.0],
                     present=[[True, True], [True, False]]).binary.item()  # fmt: skip
    chances = [1 / (1 + math.exp(-1.5)), 1 - 1 / (1 + math.exp(1.5)), 1 - 1 / (1 + math.exp(-0.5))]
    assert found == pytest.approx(-sum(map(math.log, chances)) / 3, abs=1e-5)


def test_span_is_the_mean_of_first_and_last_token_over_readable_tokens() -> None:
    span = [[[9.0, 9.0], [1.0, 0.0], [2.0, 3.0], [0.0, 1.0]]]
    found = measured([[0.0]], [[True]], span=span, spans=[[1, 2]], readable=[[False, True, True, True]])
    first, last = softmax(1.0, 2.0, 0.0)[0], softmax(0.0, 3.0, 1.0)[1]
    assert found.span.item() == pytest.approx(-(math.log(first) + math.log(last)) / 2, abs=1e-5)


def test_windows_without_a_span_do_not_count_for_it() -> None:
    span = [[[1.0, 0.0], [2.0, 3.0], [0.0, 1.0], [0.0, 0.0]]]
    alone = measured([[0.0]], [[True]], span=span, spans=[[1, 2]]).span.item()
    beside = measured([[0.0]] * 2, [[True]] * 2, span=[*span, [[7.0, -7.0]] * 4], spans=[[1, 2], [-1, -1]])
    assert alone > 0
    assert beside.span.item() == pytest.approx(alone, abs=1e-6)
    assert measured([[0.0]], [[True]], span=span).span.item() == 0


def test_teacher_is_the_divergence_at_its_temperature() -> None:
    found = measured([[2.0, 0.0]], [[True, False]], teacher=[[-1.0, 3.0]]).teacher.item()
    said, taught = softmax(2.0 / TEMPERATURE, 0.0), softmax(-1.0 / TEMPERATURE, 3.0 / TEMPERATURE)
    divergence = sum(p * math.log(p / q) for p, q in zip(taught, said, strict=True))
    assert found == pytest.approx(divergence * TEMPERATURE**2, abs=1e-5)


def test_the_teacher_counts_only_where_it_was_asked_and_had_a_choice() -> None:
    asked = measured([[2.0, 0.0]], [[True, False]], teacher=[[-1.0, 3.0]]).teacher.item()
    beside = measured(
        [[2.0, 0.0], [5.0, -5.0], [4.0, 0.0]],
        [[True, False]] * 3,
        teacher=[[-1.0, 3.0], [NAN, NAN], [-9.0, NAN]],
        present=[[True, True], [True, True], [True, False]],
    )
    assert beside.teacher.item() == pytest.approx(asked, abs=1e-5)
    assert measured([[5.0, -5.0]], [[True, False]]).teacher.item() == 0


def test_a_perfect_reader_loses_nearly_nothing() -> None:
    span = [[[20.0, -20.0], [-20.0, 20.0], [0.0, 0.0], [0.0, 0.0]]]
    found = measured(
        [[15.0, -15.0], [-15.0, -15.0]],
        [[True, False], [False, False]],
        span=span * 2,
        spans=[[0, 1], [-1, -1]],
        teacher=[[15.0, -15.0], [NAN, NAN]],
    )
    assert 0 <= found.total.item() < 1e-4


@given(st.lists(st.lists(LOGITS, min_size=3, max_size=3), min_size=1, max_size=3), st.data())
def test_no_part_is_negative_and_the_total_is_their_weighted_sum(
    sentences: list[list[float]], data: st.DataObject
) -> None:
    def flags() -> list[list[bool]]:
        return [data.draw(st.lists(st.booleans(), min_size=3, max_size=3)) for _ in sentences]

    teacher = [data.draw(st.sampled_from([[1.0, 2.0, -3.0], [NAN] * 3])) for _ in sentences]
    found = measured(sentences, flags(), teacher=teacher)
    parts = [found.choice, found.binary, found.span, found.teacher]
    assert all(part.item() >= -1e-5 for part in parts)
    weights = (1, BINARY_WEIGHT, SPAN_WEIGHT, TEACHER_WEIGHT)
    total = sum(weight * part.item() for weight, part in zip(weights, parts, strict=True))
    assert found.total.item() == pytest.approx(total, rel=1e-5, abs=1e-5)


@given(st.lists(LOGITS, min_size=2, max_size=2), LOGITS, st.sampled_from([[1.0, -2.0], [NAN, NAN]]))
def test_a_sentence_that_is_not_there_changes_nothing(
    sentences: list[float], padding: float, teacher: list[float]
) -> None:
    alone = measured([sentences], [[True, False]], teacher=[teacher])
    padded = measured(
        [[*sentences, padding]],
        [[True, False, False]],
        teacher=[[*teacher, NAN]],
        present=[[True, True, False]],
    )
    assert padded.total.item() == pytest.approx(alone.total.item(), abs=1e-4)


def test_gradients_are_finite_where_sentences_tokens_and_the_teacher_are_missing() -> None:
    sentences, null = torch.zeros(2, 2, requires_grad=True), torch.zeros(2, requires_grad=True)
    span = torch.zeros(2, TOKENS, 2, requires_grad=True)
    targets = Targets(
        present=torch.tensor([[True, True], [True, False]]),
        golds=torch.tensor([[True, False], [False, False]]),
        spans=torch.tensor([[1, 1], [-1, -1]]),
        teacher=torch.tensor([[1.0, 2.0], [NAN, NAN]]),
        readable=torch.tensor([[False, True, True, False]] * 2),
    )
    losses(Scores(sentences, null, span), targets).total.backward()
    for leaf in (sentences, null, span):
        assert leaf.grad is not None
        assert leaf.grad.isfinite().all()
        assert leaf.grad.any()


def test_a_batch_without_a_single_candidate_has_a_finite_loss() -> None:
    assert measured([[0.0]], [[False]], present=[[False]]).total.isfinite()
