import pytest

from qa.premise import presumes_otherwise

PASSAGE = (
    "Signing day\nPresident Trump and Prime Minister Takaichi signed the minerals agreement in Tokyo. "
    "The speech was given aboard the USS George Washington in Yokosuka. No fine was imposed on Toyota."
)
SENTENCES = [sentence.strip() for sentence in PASSAGE.replace("\n", ". ").split(". ")]


@pytest.mark.parametrize(
    "question",
    [
        "When did Vietnam sign the minerals agreement?",
        "Why was the Yokosuka speech given aboard the USS Ronald Reagan?",
        "How large was the fine imposed on Toyota?",
    ],
)
def test_what_is_told_otherwise_is_seen(question: str) -> None:
    assert presumes_otherwise(question, PASSAGE, SENTENCES)


@pytest.mark.parametrize(
    "question",
    [
        "How long was the speech in Yokosuka aboard the USS George Washington?",
        "How many people work for Honda in Ohio?",
        "Why?",
        "",
    ],
)
def test_what_is_left_open_or_not_told_of_presumes_nothing(question: str) -> None:
    assert not presumes_otherwise(question, PASSAGE, SENTENCES)


def test_without_sentences_nothing_is_told_otherwise() -> None:
    assert not presumes_otherwise("When did Vietnam sign the minerals agreement?", PASSAGE, [])
