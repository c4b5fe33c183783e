"""When documents give different values for what is asked, and when they only seem to."""

import pytest

from ingest.documents import Document, Sentence, Span
from qa.answers import Claim, Disagreement, cite
from qa.assessments import Support
from qa.disagreement import Side, contradicting, differing_values, find_disagreements
from qa.drafts import Shown
from qa.windows import SentenceReading


def side(text: str, answer: str = "") -> Side:
    return Side(text, place(text, answer))


def place(text: str, answer: str) -> Span | None:
    start = text.index(answer)
    return Span(start, start + len(answer)) if answer else None


def shown(text: str, answer: str, score: float = 8.0, certainty: float = 0.9) -> Shown:
    held = Document(id=text, title="T", text=text)
    sentence = Sentence(held.id, 0, Span(0, len(text)), text)
    return Shown("S1", sentence, held, SentenceReading(score, place(text, answer), certainty))


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        (
            side("China does over 80% of rare-earth processing."),
            side("China does 90% of rare-earth processing."),
            ("80%", "90%"),
        ),
        (side("The deal is worth $1.6\nbillion."), side("The deal is worth 1,600 million dollars."), None),
        (side("TDK supplies up to $25 billion."), side("Fujikura supplies up to $20 billion."), None),
        (side("China does 80% of processing."), side("The weather was fine for 90% of June."), None),
        (
            side("China does 70% of mining and 90% of processing."),
            side("China does 80% of processing."),
            None,
        ),
        (
            side("She was born on 5 May 1900.", "5 May 1900"),
            side("Her birth, in 1905.", "1905"),
            ("5 May 1900", "1905"),
        ),
        (side("She was born on 5 May 1900.", "5 May 1900"), side("Born 1900.", "1900"), None),
        (side("It met in Tokyo, Japan.", "Tokyo"), side("Japan was the host.", "Japan"), None),
        (side("Directed by Mahesh Bhatt.", "Mahesh Bhatt"), side("It rained.", "It rained"), None),
    ],
)
def test_values_differ_only_where_that_is_clear(
    one: Side, other: Side, values: tuple[str, str] | None
) -> None:
    assert differing_values(one, other) == values
    assert differing_values(other, one) == (values[::-1] if values else None)


BORN = shown("Ann was born in 1900.", "1900", score=9.0)


@pytest.mark.parametrize(
    ("question", "best", "other", "contradicts"),
    [
        ("When was Ann born?", BORN, shown("Ann was born in 1905.", "1905"), True),
        ("When was Ann born?", BORN, shown("Ann was born in 1905.", "1905", score=4.0), False),
        ("When was Ann born?", BORN, shown("Ann was born in 1905.", "1905", certainty=0.2), False),
        ("When was Ann born?", BORN, shown("Ann was born on 5 May 1900.", "5 May 1900"), False),
        ("When was Ann born?", BORN, shown("Ann was born with 1,905 others.", "1,905"), False),
        ("Was Ann born in 1900?", BORN, shown("Ann was born in 1905.", "1905"), False),
        ("Was sagt Ann?", BORN, shown("Ann was born in 1905.", "1905"), False),
        (
            "Who directed the film Up?",
            shown("Up is a film Ann Lee directed.", "Ann Lee"),
            shown("Bo Li directed the film Up.", "Bo Li"),
            True,
        ),
        (
            "Who directed the film Up?",
            shown("Up is a film Ann Lee directed.", "Ann Lee"),
            shown("Bo Li.", "Bo Li"),
            False,
        ),
        (
            "Who directed the film Up?",
            shown("Up is a film Ann Lee directed.", "Ann Lee"),
            shown("He directed the film Up.", "He"),
            False,
        ),
    ],
)
def test_a_sentence_contradicts_the_best_one(
    question: str, best: Shown, other: Shown, contradicts: bool
) -> None:
    assert bool(contradicting(question, best, [other])) is contradicts


def test_sentences_of_one_document_do_not_contradict_each_other() -> None:
    assert contradicting("When was Ann born?", BORN, [BORN]) == []


def test_each_value_is_shown_once() -> None:
    others = [shown(f"Ann was born in {year}{end}", year) for year in ("1905", "1907") for end in (".", "!")]
    assert contradicting("When was Ann born?", BORN, others) == [others[0], others[2]]


def test_claims_that_differ_are_named_with_their_values() -> None:
    claims = [
        Claim(
            item.sentence.text, Support.VERBATIM, (cite(item.document, item.sentence),), item.reading.answer
        )
        for item in (BORN, shown("Ann was born in 1905.", "1905"), shown("Ann came in May 1900.", "May 1900"))
    ]
    assert find_disagreements(claims) == (
        Disagreement((0, 1), ("1900", "1905")),
        Disagreement((1, 2), ("1905", "May 1900")),
    )
