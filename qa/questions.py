"""The nouns of asking: a question, with what was said before it."""

from dataclasses import dataclass

from ingest.store import EVERYTHING, Filters


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of a conversation; `speaker` is "user" or "assistant"."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, with what was said before and which documents may answer."""

    text: str
    history: tuple[Turn, ...] = ()
    filters: Filters = EVERYTHING
