"""Small hand-made outcomes, for tests that look at one thing about them."""

import datetime as dt

from ingest.documents import Document, Sentence, Span
from qa.answers import (
    Abstention,
    AbstentionReason,
    Answer,
    Citation,
    CitedDocument,
    Claim,
    Disagreement,
    Trace,
)
from qa.assessments import Support
from qa.drafts import Evidence, Shown
from qa.windows import SentenceReading

DAY = dt.date(2025, 10, 28)


def citation_of(
    quote: str,
    document: str = "notes/a.md",
    *,
    start: int = 10,
    sentence: int = 3,
    page: int | None = None,
    version: str = "v1",
    title: str = "A title",
) -> Citation:
    """A citation of a document that exists nowhere."""
    cited = CitedDocument(document, title, "The Source", DAY, version)
    return Citation(cited, sentence, Span(start, start + len(quote)), quote, page, 2)


def answer_of(
    *claims: Claim, disagreements: tuple[Disagreement, ...] = (), unanswered: tuple[str, ...] = ()
) -> Answer:
    """An answer with an empty trace."""
    return Answer("What?", claims, 0.87, Trace("What?"), disagreements, unanswered)


def claim_of(text: str, *citations: Citation) -> Claim:
    """A supported claim; it cites a sentence of its own text if no other is given."""
    return Claim(text, Support.SUPPORTED, citations or (citation_of(text),))


def abstention_of(*nearest: Citation) -> Abstention:
    """An abstention with an empty trace."""
    return Abstention("What?", AbstentionReason.NOT_ANSWERED, nearest, 0.12, Trace("What?"))


def evidence(
    *scored: tuple[str, float], apart: bool = False, certainty: float = 0.9, parts: tuple[int, ...] = ()
) -> Evidence:
    """Evidence of these sentences, in one document or each in its own, read under these parts."""
    shown, position = [], 0
    text = " ".join(sentence for sentence, _ in scored)
    for number, (sentence, score) in enumerate(scored, 1):
        whole = sentence if apart else text
        start = 0 if apart else position
        document = Document(id=f"d{number if apart else 0}", title="T", text=whole)
        placed = Sentence(document.id, number - 1, Span(start, start + len(sentence)), sentence)
        reading = SentenceReading(score, Span(0, len(sentence.split()[0])), certainty)
        part = parts[number - 1] if parts else 0
        shown.append(Shown(f"S{number}", placed, document, reading, part=part))
        position += len(sentence) + 1
    return Evidence(tuple(sorted(shown, key=lambda one: -one.score)))
