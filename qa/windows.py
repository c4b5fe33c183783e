"""The nouns of reading: what is read at once, and what is said about each sentence of it."""

from dataclasses import dataclass

from ingest.documents import Span


@dataclass(frozen=True, slots=True)
class Window:
    """What is read at once.

    Attributes:
        context: title and heading, one a line; may be empty.
        sentences: neighbours in the document's order, each on one line.
    """

    context: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What a reader says about one sentence of a window.

    Attributes:
        score: log-odds of this sentence answering against nothing in its window doing so; comparable
            across windows.
        answer: where the short answer would be, in the sentence's text; None if it has no words.
        certainty: probability (0–1) that the short answer begins and ends there, if it is in this sentence.
    """

    score: float
    answer: Span | None = None
    certainty: float = 0.0
