"""Verifying: does a citation made earlier still stand in the live documents?"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ingest.documents import Document, Span
from ingest.errors import DocumentNotFound
from ingest.store import Snapshot
from qa.answers import Citation


class Verdict(StrEnum):
    """What became of a citation."""

    EXACT = "exact"
    MOVED = "moved"
    STALE = "stale"
    GONE = "gone"

    @property
    def stands(self) -> bool:
        """Whether the quote can still be read in the document."""
        return self in (Verdict.EXACT, Verdict.MOVED)


@dataclass(frozen=True, slots=True)
class Resolution:
    """A verdict, and where the quote stands now (None: nowhere)."""

    verdict: Verdict
    span: Span | None


def resolve(live: Snapshot, citation: Citation) -> Resolution:
    """Looks a citation up in what is live.

    Exact is the same version with the quote at its span. In another version, or where the span does
    not hold the quote, the occurrence nearest to the old place counts, if it is made of whole
    sentences: words that now stand inside a longer sentence may say the opposite of what they said.
    """
    try:
        document = live.document(citation.document.id)
    except DocumentNotFound:
        return Resolution(Verdict.GONE, None)
    if document.version == citation.document.version and _holds(document, citation.span, citation.quote):
        return Resolution(Verdict.EXACT, citation.span)
    places = list(_whole_sentences(live, document, citation.quote))
    if not places:
        return Resolution(Verdict.STALE, None)
    return Resolution(Verdict.MOVED, min(places, key=lambda span: abs(span.start - citation.span.start)))


def _holds(document: Document, span: Span, quote: str) -> bool:
    return span.end <= len(document.text) and span.cut(document.text) == quote


def _whole_sentences(live: Snapshot, document: Document, quote: str) -> Iterator[Span]:
    """Every occurrence that begins where a sentence begins and ends where one ends."""
    spans = [sentence.span for sentence in live.sentences(document)]
    ends = {span.end for span in spans}
    for span in spans:
        end = span.start + len(quote)
        if end in ends and document.text.startswith(quote, span.start):
            yield Span(span.start, end)
