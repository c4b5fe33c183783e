import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.store import Filters
from qa.confidence import confidence_of
from qa.wording import content_words, flatten, names, overlap, specifics


def test_content_words_leave_out_what_tells_nothing() -> None:
    said = "How much did the Partners pay in 2.5 years?"
    assert content_words(said) == {"partner", "pay", "2.5", "year"}
    assert content_words("the car and the cars") == {"car"}


def test_names_and_numbers_are_specifics() -> None:
    text = "In 2025 the Toyota plant in “Texas” grew."
    assert names(text) == {"toyota", "texas"}
    assert specifics(text) == {"toyota", "texas", "2025"}


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("- one\n  two", "one two"),
        ("1. one", "one"),
        ("(a) one", "one"),
        ("• one", "one"),
        ("2025 was long", "2025 was long"),
        ("-5 degrees", "-5 degrees"),
    ],
)
def test_flattening_takes_off_list_marks_and_nothing_else(text: str, flat: str) -> None:
    assert flatten(text) == flat


@given(st.text())
def test_flattening_twice_changes_nothing_but_stacked_marks(text: str) -> None:
    assert "\n" not in flatten(text)
    assert "  " not in flatten(text)


@given(st.frozensets(st.sampled_from("abcdef")), st.frozensets(st.sampled_from("abcdef")))
def test_overlap_is_symmetric_and_between_0_and_1(one: frozenset[str], other: frozenset[str]) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert 0 <= overlap(one, other) <= 1


@given(st.floats(-12, 12))
def test_confidence_is_a_probability_that_rises_with_the_score(value: float) -> None:
    assert 0 < confidence_of(value) < confidence_of(value + 1) < 1


def test_filters_are_true_when_they_restrict() -> None:
    assert not Filters()
    assert Filters(sources=("Gazette",))
