"""Conversation: a follow-up question is searched for together with what it follows up."""

import re

from qa.errors import BadQuestion
from qa.questions import Question
from qa.wording import content_words

MAX_CHARACTERS = 4_000
_POINTS_BACK = re.compile(
    r"^(?:and|but|so|then|what about|how about)\b"
    r"|\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|there|one|ones)\b",
    re.IGNORECASE,
)


def check_question(question: Question) -> None:
    """Refuses what cannot be asked.

    Raises:
        BadQuestion: if the text is empty or holds no letter or digit, or is too long.
    """
    if not re.search(r"\w", question.text):
        raise BadQuestion("the question is empty: ask something in words")
    if len(question.text) > MAX_CHARACTERS:
        raise BadQuestion(
            f"the question has {len(question.text):,} characters, {MAX_CHARACTERS:,} are the most: shorten it"
        )


def standalone_query(question: Question) -> str:
    """The text to search for: the question, after the last one asked where it points back to that."""
    earlier = [turn.text for turn in question.history if turn.speaker == "user"]
    if not earlier or not _is_follow_up(question.text):
        return question.text
    return f"{earlier[-1][:MAX_CHARACTERS]} {question.text}"


def _is_follow_up(text: str) -> bool:
    return _POINTS_BACK.search(text) is not None or len(content_words(text)) < 3
