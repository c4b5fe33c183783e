"""Between the nouns of answering and the answer object, both ways, without loss."""

from dataclasses import asdict

from api.schemas import (
    AnswerObject,
    CitationObject,
    CitedDocumentObject,
    ClaimObject,
    DisagreementObject,
    DraftingObject,
    HighlightObject,
    RankedObject,
    RetrievedObject,
    ShownObject,
    StepTimeObject,
    TracedPassageObject,
    TraceObject,
    WithheldObject,
)
from ingest.documents import Span
from ingest.store import PassageKey, StoredPassage
from qa.answers import (
    Abstention,
    Answer,
    Citation,
    CitedDocument,
    Claim,
    Disagreement,
    Outcome,
    Ranked,
    ScoredPassage,
    ShownScore,
    StepTime,
    Trace,
    Withheld,
)
from qa.drafts import Drafting, Statement


def answer_object(outcome: Outcome) -> AnswerObject:
    """The answer object of an outcome."""
    answer = outcome if isinstance(outcome, Answer) else None
    abstention = outcome if isinstance(outcome, Abstention) else None
    return AnswerObject(
        outcome="answer" if answer else "abstention",
        question=outcome.question,
        answer=answer.text if answer else "",
        confidence=outcome.confidence,
        claims=tuple(map(claim_object, answer.claims)) if answer else (),
        retrieved=tuple(map(retrieved_object, outcome.trace.retrieved)),
        disagreements=tuple(map(_disagreement_object, answer.disagreements)) if answer else (),
        unanswered=answer.unanswered if answer else (),
        notice=outcome.notice,
        reason=abstention.reason if abstention else None,
        nearest=tuple(map(citation_object, abstention.nearest)) if abstention else (),
        trace=_trace_object(outcome.trace),
    )


def outcome_of(read: AnswerObject) -> Outcome:
    """The outcome an answer object was made from."""
    trace = _trace(read.trace)
    if read.reason is not None:
        nearest = tuple(map(citation, read.nearest))
        return Abstention(read.question, read.reason, nearest, read.confidence, trace, read.notice)
    return Answer(
        question=read.question,
        claims=tuple(map(_claim, read.claims)),
        confidence=read.confidence,
        trace=trace,
        disagreements=tuple(Disagreement(item.claims, item.figures) for item in read.disagreements),
        unanswered=read.unanswered,
        notice=read.notice,
    )


def cited_document_object(document: CitedDocument) -> CitedDocumentObject:
    """A document as a citation names it."""
    return CitedDocumentObject(
        id=document.id,
        title=document.title,
        source=document.source,
        published=document.published,
        version=document.version,
    )


def citation_object(cited: Citation) -> CitationObject:
    """A citation for the wire."""
    return CitationObject(
        document=cited_document_object(cited.document),
        sentence=cited.sentence,
        start=cited.span.start,
        end=cited.span.end,
        quote=cited.quote,
        page=cited.page,
        paragraph=cited.paragraph,
    )


def citation(read: CitationObject) -> Citation:
    """A citation from the wire; whether its document still says so is another question."""
    named = read.document
    return Citation(
        document=CitedDocument(named.id, named.title, named.source, named.published, named.version),
        sentence=read.sentence,
        span=Span(read.start, read.end),
        quote=read.quote,
        page=read.page,
        paragraph=read.paragraph,
    )


def ranked_object(place: Ranked | None) -> RankedObject | None:
    """A place in a ranked list, if there is one."""
    return None if place is None else RankedObject(rank=place.rank, score=place.score)


def claim_object(claim: Claim) -> ClaimObject:
    """A claim for the wire."""
    cited = tuple(map(citation_object, claim.citations))
    at = claim.highlight
    marked = HighlightObject(start=at.start, end=at.end) if at else None
    return ClaimObject(
        text=claim.text,
        highlight=marked,
        support=claim.support,
        score=claim.score,
        missing=claim.missing,
        citations=cited,
    )


def withheld_object(withheld: Withheld) -> WithheldObject:
    """A statement that did not become a claim, for the wire."""
    statement = withheld.statement
    return WithheldObject(
        text=statement.text, handles=statement.handles, reason=withheld.reason, missing=withheld.missing
    )


def _claim(read: ClaimObject) -> Claim:
    marked = Span(read.highlight.start, read.highlight.end) if read.highlight else None
    cited = tuple(map(citation, read.citations))
    return Claim(read.text, read.support, cited, marked, read.score, read.missing)


def _disagreement_object(disagreement: Disagreement) -> DisagreementObject:
    return DisagreementObject(claims=disagreement.claims, figures=disagreement.figures)


def retrieved_object(scored: ScoredPassage) -> RetrievedObject:
    """A retrieved passage for the wire."""
    passage = scored.passage
    return RetrievedObject(
        document=passage.document_id,
        start=passage.span.start,
        end=passage.span.end,
        score=scored.score,
    )


def _traced_object(scored: ScoredPassage) -> TracedPassageObject:
    passage = scored.passage
    return TracedPassageObject(
        document=passage.document_id,
        start=passage.span.start,
        end=passage.span.end,
        score=scored.score,
        first_sentence=passage.first_sentence,
        last_sentence=passage.last_sentence,
        context=passage.context,
        content=passage.key.content,
        passage=passage.key.ordinal,
        dense=ranked_object(scored.dense),
        lexical=ranked_object(scored.lexical),
    )


def _trace_object(trace: Trace) -> TraceObject:
    return TraceObject(
        query=trace.query,
        retrieved=tuple(map(_traced_object, trace.retrieved)),
        shown=tuple(
            ShownObject(
                handle=item.handle, document=item.document_id, sentence=item.sentence, score=item.score
            )
            for item in trace.shown
        ),
        withheld=tuple(map(withheld_object, trace.withheld)),
        index=trace.index,
        reader=trace.reader,
        generator=trace.generator,
        rewriting=trace.rewriting,
        drafting=DraftingObject(**asdict(trace.drafting)),
        verifier=trace.verifier,
        durations=tuple(StepTimeObject(step=item.step, seconds=item.seconds) for item in trace.durations),
    )


def _trace(read: TraceObject) -> Trace:
    return Trace(
        query=read.query,
        retrieved=tuple(map(_scored_passage, read.retrieved)),
        shown=tuple(ShownScore(item.handle, item.document, item.sentence, item.score) for item in read.shown),
        withheld=tuple(map(_withheld, read.withheld)),
        index=read.index,
        reader=read.reader,
        generator=read.generator,
        rewriting=read.rewriting,
        drafting=Drafting(**read.drafting.model_dump()),
        verifier=read.verifier,
        durations=tuple(StepTime(item.step, item.seconds) for item in read.durations),
    )


def _withheld(read: WithheldObject) -> Withheld:
    return Withheld(Statement(read.text, read.handles), read.reason, read.missing)


def _scored_passage(read: TracedPassageObject) -> ScoredPassage:
    passage = StoredPassage(
        PassageKey(read.content, read.passage),
        read.document,
        Span(read.start, read.end),
        read.first_sentence,
        read.last_sentence,
        read.context,
    )
    return ScoredPassage(passage, read.score, _ranked(read.dense), _ranked(read.lexical))


def _ranked(read: RankedObject | None) -> Ranked | None:
    return None if read is None else Ranked(read.rank, read.score)
