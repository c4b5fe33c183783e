"""The offline generator: which sentences it says, and in what order."""

from dataclasses import replace

import pytest

from ingest.documents import Span
from qa.answers import Claim
from qa.drafts import Evidence, Shown
from qa.generation import ExtractiveGenerator, asks_for_several
from qa.grounding import ground
from qa.support import ExactVerifier
from qa.windows import SentenceReading
from tests.examples import evidence
from tests.fakes import OverlapEntailer


def pointed_at(shown: Shown, answer: str) -> Shown:
    """The same with a short answer that is certain."""
    start = shown.sentence.text.index(answer)
    reading = SentenceReading(shown.score, Span(start, start + len(answer)), 0.9)
    return replace(shown, reading=reading)


EXTRACTIVE = ExtractiveGenerator(most=3, floor=0.5)


LIST = evidence(
    ("Toshiba supplies transformers.", 8.0),
    ("Carrier supplies cooling systems.", 7.5),
    ("Toshiba supplies the transformers.", 7.0),
    ("Murata makes capacitors.", 6.0),
    ("TDK makes power modules.", 5.5),
    ("It rained that day.", -3.0),
)


def drafted(question: str, shown: Evidence) -> list[str]:
    return [statement.text for statement in EXTRACTIVE.draft(question, shown)]


def test_a_plain_fact_takes_one_sentence() -> None:
    assert drafted("Who supplies transformers?", LIST) == ["Toshiba supplies transformers."]


def test_a_list_takes_several_without_repeats_and_no_more_than_allowed() -> None:
    assert drafted("Which companies supply equipment?", LIST) == [
        "Toshiba supplies transformers.",
        "Carrier supplies cooling systems.",
        "Murata makes capacitors.",
    ]


FOUNDED = (
    ("The treaty was drawn up in May.", 5.0),
    ("Its purpose is to keep the strait open.", 8.0),
    ("Pilots of both countries train for that.", 6.0),
    ("- a list item", 7.0),
    ("It rained that day.", 1.0),
)


def test_where_no_few_words_are_the_answer_the_sentences_around_it_explain_in_their_order() -> None:
    unsure = evidence(*FOUNDED, certainty=0.2)
    assert drafted("What is the purpose of the treaty?", unsure) == [
        "Its purpose is to keep the strait open.",
        "The treaty was drawn up in May.",
        "Pilots of both countries train for that.",
    ]


def test_other_documents_explain_nothing() -> None:
    unsure = evidence(*FOUNDED, certainty=0.2, apart=True)
    assert drafted("What is the purpose of the treaty?", unsure) == [FOUNDED[1][0]]


def test_a_short_answer_is_pointed_at_where_it_is_certain_and_nowhere_in_a_list() -> None:
    asked = {"Who supplies transformers?": True, "Which companies supply equipment?": False}
    for question, pointed in asked.items():
        draft = list(EXTRACTIVE.draft(question, LIST))
        assert [statement.highlight is not None for statement in draft] == [pointed] * len(draft)


TWO_PARTS = "Where did the storm begin, and when did it become a hurricane?"
STORM = (
    ("It became a hurricane on August 24.", 9.0),
    ("The storm began off Africa.", 8.0),
    ("It had been a wave before.", 7.0),
)


def test_every_part_of_a_question_is_answered_the_surest_first() -> None:
    assert drafted(TWO_PARTS, evidence(*STORM, parts=(1, 0, 0))) == [STORM[0][0], STORM[1][0]]


def test_a_part_without_an_answer_leaves_the_others_alone() -> None:
    shown = evidence(STORM[0], ("It rained that day.", -3.0), parts=(1, 0))
    assert drafted(TWO_PARTS, shown) == [STORM[0][0]]


def test_nothing_below_the_floor_is_said() -> None:
    assert drafted("What happened?", evidence(("It rained that day.", -3.0))) == []


def test_another_documents_other_figure_is_said_too() -> None:
    differing = evidence(
        ("China holds about 90% of processing capacity.", 8.0),
        ("China holds over 80% of the processing capacity.", 7.0),
        ("China holds nearly 90 per cent of it.", 6.5),
        apart=True,
    )
    pointed = (
        pointed_at(*item) for item in zip(differing, ("about 90%", "over 80%", "90 per cent"), strict=True)
    )
    said = drafted("What share of processing does China hold?", Evidence(tuple(pointed)))
    assert said == [shown.sentence.text for shown in differing.shown[:2]]


def test_list_marks_and_line_ends_are_taken_off_but_the_claim_stays_verbatim() -> None:
    shown = evidence(("- Up to $25 billion\nfor transformers.", 8.0))
    draft = EXTRACTIVE.draft("How much for transformers?", shown)
    (claim,) = ground(draft, shown, ExactVerifier(OverlapEntailer()))
    assert isinstance(claim, Claim)
    assert claim.text == "Up to $25 billion for transformers."
    assert claim.support == "verbatim"
    assert claim.citations[0].quote == "- Up to $25 billion\nfor transformers."


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("How much will Japan invest?", False),
        ("When do the teams meet?", False),
        ("Who is the press secretary?", False),
        ("Where did they meet?", False),
        ("What happened in Tokyo?", True),
        ("Why did Japan change course?", True),
        ("How did Japan respond?", True),
        ("Which companies supply power equipment?", True),
        ("What are the critical minerals investments?", True),
        ("List the Japanese partners.", True),
        ("What did Leavitt say about the Quad?", True),
    ],
)
def test_questions_are_told_apart_by_how_many_things_they_ask_for(question: str, several: bool) -> None:
    assert asks_for_several(question) is several
