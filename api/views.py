"""What both doors show of an index besides answers: documents, search results, verdicts, status."""

from collections.abc import Iterable
from pathlib import Path

from api.conversion import citation, cited_document_object, ranked_object
from api.messages import (
    CheckedObject,
    CountsObject,
    DocumentObject,
    DocumentsObject,
    DocumentSummaryObject,
    FoundPassageObject,
    HealthObject,
    SearchObject,
    SentenceObject,
    SpanObject,
    StatusObject,
    VerificationObject,
)
from api.requests import ChatObject, FiltersObject
from api.schemas import CitationObject
from ingest.documents import Document, Sentence
from ingest.fingerprint import META
from ingest.store import DocumentSummary, Filters, Snapshot
from qa.answers import ScoredPassage, cited_document
from qa.questions import Question, Turn
from qa.retrieval import Retriever, match_expression
from qa.verification import resolve


def filters_of(read: FiltersObject) -> Filters:
    """The filters a request asks for."""
    return Filters(read.documents, read.sources, read.published_from, read.published_to)


def question_of(read: ChatObject) -> Question:
    """The question a request asks, with what was said before it."""
    filters = filters_of(read.filters)
    if read.question is not None:
        return Question(read.question, (), filters)
    *earlier, last = read.messages
    return Question(last.content, tuple(Turn(message.role, message.content) for message in earlier), filters)


def document_object(live: Snapshot, document_id: str) -> DocumentObject:
    """A stored document with its sentences.

    Raises:
        DocumentNotFound: if there is none of that id.
    """
    document = live.document(document_id)
    return DocumentObject(
        id=document.id,
        title=document.title,
        source=document.source,
        published=document.published,
        version=document.version,
        media_type=document.media_type,
        places=live.places(document_id),
        text=document.text,
        sentences=tuple(sentence_object(document, sentence) for sentence in live.sentences(document)),
    )


def documents_object(live: Snapshot, after: str, limit: int) -> DocumentsObject:
    """So many documents at most of those that follow an id."""
    found = live.summaries(after, limit + 1)
    listed = tuple(map(_summary_object, found[:limit]))
    more = listed[-1].id if len(found) > limit else None
    return DocumentsObject(documents=listed, next=more, total=live.count_documents())


def search_object(
    live: Snapshot, retriever: Retriever, query: str, filters: Filters, limit: int
) -> SearchObject:
    """What is found for a query, with its texts."""
    passages = retriever.retrieve(live, query, filters, limit)
    found = tuple(_found_object(live, scored) for scored in passages)
    return SearchObject(query=query, expression=match_expression(query), passages=found)


def verification_object(live: Snapshot, citations: Iterable[CitationObject]) -> VerificationObject:
    """A verdict on each citation."""
    checked = tuple(_checked_object(live, cited) for cited in citations)
    return VerificationObject(ok=all(item.verdict.stands for item in checked), citations=checked)


def health_object(live: Snapshot) -> HealthObject:
    """That an index can be read, and how much it holds."""
    return HealthObject(fingerprint=live.meta(META) or "", counts=_counts_object(live))


def status_object(live: Snapshot, folder: Path, *, listing: bool) -> StatusObject:
    """An index as it is, with its documents if `listing`."""
    return StatusObject(
        index=str(folder),
        fingerprint=live.meta(META) or "",
        counts=_counts_object(live),
        documents=tuple(map(_summary_object, live.summaries())) if listing else None,
    )


def _counts_object(live: Snapshot) -> CountsObject:
    documents, sentences, passages = live.counts()
    return CountsObject(documents=documents, sentences=sentences, passages=passages)


def sentence_object(document: Document, sentence: Sentence) -> SentenceObject:
    """A sentence where it stands."""
    return SentenceObject(
        sentence=sentence.ordinal,
        start=sentence.span.start,
        end=sentence.span.end,
        text=sentence.text,
        heading=sentence.is_heading,
        page=document.page_of(sentence.span),
    )


def _summary_object(summary: DocumentSummary) -> DocumentSummaryObject:
    return DocumentSummaryObject(
        id=summary.id,
        title=summary.title,
        source=summary.source,
        published=summary.published,
        version=summary.version,
        media_type=summary.media_type,
        sentences=summary.sentences,
        passages=summary.passages,
        same_as=summary.same_as,
    )


def _found_object(live: Snapshot, scored: ScoredPassage) -> FoundPassageObject:
    passage = scored.passage
    document = live.document(passage.document_id)
    return FoundPassageObject(
        document=cited_document_object(cited_document(document)),
        start=passage.span.start,
        end=passage.span.end,
        text=passage.span.cut(document.text),
        score=scored.score,
        dense=ranked_object(scored.dense),
        lexical=ranked_object(scored.lexical),
    )


def _checked_object(live: Snapshot, cited: CitationObject) -> CheckedObject:
    resolution = resolve(live, citation(cited))
    span = resolution.span
    return CheckedObject(
        verdict=resolution.verdict,
        now=None if span is None else SpanObject(start=span.start, end=span.end),
        citation=cited,
    )
