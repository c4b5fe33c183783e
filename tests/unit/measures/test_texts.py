from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.measures import contains_gold, exact_match, normalise, squad2_exact, squad2_f1, token_f1

Measure = Callable[[str, list], float | None]

MEASURES = pytest.mark.parametrize("measure", [exact_match, token_f1, contains_gold])
COMBINED = pytest.mark.parametrize("measure", [squad2_exact, squad2_f1])
PHRASES = st.lists(st.sampled_from(["the", "a", "Japan", "japan.", "550", "billion", "$550", "An", "—"])).map(
    " ".join
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The  Cat,\tan animal!", "cat animal"),
        ("U.S.A.", "usa"),
        ("a the an", ""),
        ("theatre", "theatre"),
        ("well-known", "wellknown"),
        ("the-cat", "thecat"),  # punctuation goes first, as in the original script
        ("“quoted”", "“quoted”"),  # ASCII punctuation only, as in the original script
        ("", ""),
    ],
)
def test_normalisation_is_squads(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(st.text())
def test_normal_text_has_single_spaces_and_no_capitals_or_articles(text: str) -> None:
    normal = normalise(text)
    assert normal == " ".join(normal.split())
    assert normal == normal.lower()
    assert not {"a", "an", "the"} & set(normal.split())


def test_hand_computed_answers() -> None:
    answers = ["$550 billion", "550 billion dollars"]
    assert exact_match("The $550 Billion.", answers) == 1
    assert exact_match("about $550 billion", answers) == 0
    assert token_f1("about $550 billion", answers) == pytest.approx(2 * (2 / 3) * 1 / (2 / 3 + 1))
    assert token_f1("550 550 dollars", ["550 dollars"]) == pytest.approx(0.8)  # 550 is shared once
    assert token_f1("nothing alike", answers) == 0
    assert contains_gold("Japan will invest $550 billion in all.", answers) == 1
    assert contains_gold("550 or more billion", answers) == 0


def test_an_answer_is_contained_in_whole_words() -> None:
    assert contains_gold("in 1990", ["9"]) == 0
    assert contains_gold("9 of them", ["9"]) == 1


def test_words_that_normalise_to_nothing_match_only_each_other() -> None:
    for measure in (exact_match, token_f1, contains_gold):
        assert measure("The!", ["a"]) == 1
        assert measure("the cat", ["a"]) == 0
    assert exact_match("the", ["cat"]) == token_f1("the", ["cat"]) == contains_gold("the", ["cat"]) == 0


@MEASURES
def test_without_gold_answers_nothing_applies(measure: Measure) -> None:
    assert measure("anything", []) is None


@MEASURES
@given(said=PHRASES, answers=st.lists(PHRASES, min_size=1))
def test_values_lie_between_0_and_1_and_the_best_answer_counts(
    measure: Measure, said: str, answers: list
) -> None:
    value = measure(said, answers)
    assert value == max(measure(said, [answer]) or 0.0 for answer in answers)
    assert value == measure(said, answers[::-1])
    assert 0 <= value <= 1


@MEASURES
@given(said=PHRASES, answers=st.lists(PHRASES))
def test_saying_a_gold_answer_scores_1(measure: Measure, said: str, answers: list) -> None:
    assert measure(said, [*answers, said]) == 1


@given(PHRASES, PHRASES)
def test_an_exact_match_is_a_full_f1_and_contained(said: str, answer: str) -> None:
    exact, f1, contained = (measure(said, [answer]) for measure in (exact_match, token_f1, contains_gold))
    assert exact <= f1
    assert exact <= contained
    assert f1 == token_f1(answer, [said])


def test_squad2_counts_abstaining_right_just_when_nobody_could_answer() -> None:
    assert squad2_exact("550 billion", ["$550 billion"], answerable=True) == 1
    assert squad2_f1("about 550 billion", ["$550 billion"], answerable=True) == pytest.approx(0.8)
    assert squad2_exact("about 550 billion", ["$550 billion"], answerable=True) == 0


@COMBINED
def test_squad2_for_every_kind_of_question(measure: Callable[..., float | None]) -> None:
    assert measure(None, [], answerable=False) == 1
    assert measure("something", [], answerable=False) == 0
    assert measure("", [], answerable=False) == 0  # an empty answer is still an answer
    assert measure(None, ["gold"], answerable=True) == 0
    assert measure(None, [], answerable=True) is measure("something", [], answerable=True) is None
