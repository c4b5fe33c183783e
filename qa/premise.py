"""Premises: whether the documents tell of what was asked, but otherwise than the question has it."""

import re
from collections.abc import Sequence

from qa.wording import content_words, specifics, stems

# Chosen on our development questions, see docs/decisions/0009-confidence.md.
TOLD = 0.5  # of the question's other words, in one sentence
FEWEST_WORDS = 2

_DENIAL = re.compile(r"\b(?:no|not|never|none|neither|nor|nothing|nobody|without|\w+n[’']t)\b", re.IGNORECASE)


def presumes_otherwise(question: str, passage: str, sentences: Sequence[str]) -> bool:
    """Whether a question takes for granted what the documents do not bear out.

    One sentence holds most of its words; but it says no, or one of the question's names or numbers stands
    nowhere in the best passage.

    Args:
        question: as it was searched for.
        passage: the best passage, with title and heading.
        sentences: the likeliest sentences.
    """
    asked = stems(content_words(question))
    unheard = _named(question) - stems(content_words(passage))
    others = asked - unheard
    told = [text for text in sentences if _shared(others, text) >= max(FEWEST_WORDS, TOLD * len(others))]
    return bool(told) and (bool(unheard) or any(map(_denies, told)))


def _named(question: str) -> frozenset[str]:
    """Names and numbers; the first word has its capital from its place."""
    _, _, rest = question.partition(" ")
    return stems(specifics(rest))


def _shared(words: frozenset[str], text: str) -> int:
    return len(words & stems(content_words(text)))


def _denies(text: str) -> bool:
    return _DENIAL.search(text) is not None
