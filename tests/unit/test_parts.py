import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.parts import MOST_PARTS, parts_of


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "What does the Response Group do, and with which organization's standard is the target in line?",
            ["What does the Response Group do", "with which organization's standard is the target in line?"],
        ),
        (
            "Do the reports name the shipyards; does any report print the agreement?",
            ["Do the reports name the shipyards", "does any report print the agreement?"],
        ),
        (
            "Does the Verge describe Valve as a seller while the Post reports on hardware?",
            [
                "Does the Verge describe Valve as a seller",
                "the Post reports on hardware?",
            ],
        ),
        (
            "I am writing a story and need a figure: how much has Japan pledged to invest in America?",
            ["how much has Japan pledged to invest in America?"],
        ),
    ],
)
def test_what_asks_for_several_things_is_taken_apart(question: str, parts: list[str]) -> None:
    assert list(parts_of(question)) == parts


def test_a_part_that_is_short_but_points_nowhere_is_left_as_it_is() -> None:
    question = "How many U.S. troops are in Japan, and who is the press secretary?"
    assert parts_of(question) == ("How many U.S. troops are in Japan", "who is the press secretary?")


def test_a_part_of_few_words_is_asked_too() -> None:
    first, second = parts_of("What does the Rapid Response Group do, and who leads it?")
    assert first == "What does the Rapid Response Group do"
    assert "Rapid Response Group" in second


def test_what_a_part_leaves_to_the_first_is_taken_from_there() -> None:
    first, second = parts_of("Where did Harvey originate and when did it become an official hurricane?")
    assert first == "Where did Harvey originate"
    assert "Harvey" in second
    assert "official hurricane" in second


@pytest.mark.parametrize(
    "question",
    [
        "How much will Japan invest?",
        "Who led the research and was criticized by the league?",
        "Who was the doctor that led the research and is also known for his book?",
        "If a carmaker builds a car here and has it certified, what further tests are needed?",
        "Who signed it and why?",
        "What do Japan and the United States do and say?",
        "The Tomahawk deal: how much is it worth?",
        "a; b; c; d; e; f; g",
        "",
    ],
)
def test_what_asks_for_one_thing_stays_whole(question: str) -> None:
    assert parts_of(question) == (question,)


@given(st.text())
def test_whatever_is_asked_has_parts_and_none_is_empty(question: str) -> None:
    parts = parts_of(question)
    assert 1 <= len(parts) <= MOST_PARTS
    assert len(parts) == 1 or all(part.strip() for part in parts)
