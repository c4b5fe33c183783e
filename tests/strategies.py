"""Hypothesis strategies for the nouns, wide as their constructors allow."""

from typing import TypeVar

from hypothesis import strategies as st

from ingest.documents import Span
from ingest.store import PassageKey, StoredPassage
from qa.answers import (
    Abstention,
    AbstentionReason,
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
    WithheldReason,
)
from qa.assessments import Support
from qa.drafts import NO_DRAFTING, Drafting, Statement

T = TypeVar("T")

# Lone surrogates are no text: `normalise_text` keeps them out of documents, the doors out of questions.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
pieces = st.sampled_from(["", "$999 billion", "may/will", "<b>\x1b[2J\u202e", '二\n"two"'])
said = texts.filter(str.strip)
counts = st.integers(0, 2**53)
scores = st.floats(allow_nan=False, allow_infinity=False)
shares = st.floats(0, 1)
spans = st.builds(lambda start, length: Span(start, start + length), counts, st.integers(1, 1000))
cited_documents = st.builds(CitedDocument, texts, texts, texts, st.none() | st.dates(), texts)


@st.composite
def citations(draw: st.DrawFn) -> Citation:
    """Citations whose quote is as long as its span."""
    quote = draw(texts.filter(bool))
    start = draw(counts)
    span = Span(start, start + len(quote))
    page = draw(st.none() | st.integers(1, 10_000))
    return Citation(draw(cited_documents), draw(counts), span, quote, page, draw(st.integers(1, 10_000)))


def tuples_of(items: st.SearchStrategy[T], least: int = 0) -> st.SearchStrategy[tuple[T, ...]]:
    """Short tuples."""
    return st.lists(items, min_size=least, max_size=3).map(tuple)


ranked = st.builds(Ranked, st.integers(1, 1000), scores)
stored_passages = st.builds(
    StoredPassage, st.builds(PassageKey, counts, counts), texts, spans, counts, counts, texts
)
scored_passages = st.builds(ScoredPassage, stored_passages, scores, st.none() | ranked, st.none() | ranked)


@st.composite
def claims_(draw: st.DrawFn) -> Claim:
    text = draw(said)
    start = draw(st.integers(0, len(text) - 1))
    highlight = draw(st.none() | st.integers(start + 1, len(text)).map(lambda end: Span(start, end)))
    support, cited = draw(st.sampled_from(Support)), draw(tuples_of(citations(), 1))
    return Claim(text, support, cited, highlight, draw(st.none() | shares), draw(tuples_of(pieces)))


claims = claims_()
withheld = st.builds(
    Withheld,
    st.builds(Statement, texts, tuples_of(texts)),
    st.sampled_from(WithheldReason),
    tuples_of(pieces),
)
traces = st.builds(
    Trace,
    query=texts,
    retrieved=tuples_of(scored_passages),
    shown=tuples_of(st.builds(ShownScore, texts, texts, counts, scores)),
    withheld=tuples_of(withheld),
    index=texts,
    reader=texts,
    generator=texts,
    rewriting=texts,
    drafting=st.sampled_from([NO_DRAFTING, Drafting(2, 10, None, 0.5, True, ("asked again",), "cut")]),
    verifier=texts,
    durations=tuples_of(st.builds(StepTime, texts, scores)),
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Answers whose disagreements are about their own claims."""
    stated = draw(tuples_of(claims, 1))
    positions = st.sets(st.integers(0, len(stated) - 1), min_size=1).map(sorted).map(tuple)
    about = draw(tuples_of(positions))
    disagreements = tuple(Disagreement(chosen, tuple(draw(texts) for _ in chosen)) for chosen in about)
    return Answer(
        draw(texts), stated, draw(shares), draw(traces), disagreements, draw(tuples_of(texts)), draw(texts)
    )


abstentions = st.builds(
    Abstention, texts, st.sampled_from(AbstentionReason), tuples_of(citations()), shares, traces, texts
)
outcomes: st.SearchStrategy[Outcome] = answers() | abstentions
