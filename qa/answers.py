"""The nouns of answering: citations, claims, and the two outcomes with their trace."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from ingest.documents import Document, Sentence, Span
from ingest.store import StoredPassage
from qa.assessments import Support
from qa.drafts import NO_DRAFTING, Drafting, Statement


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in one ranked list: rank from 1, score as that list counts it."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True)
class ScoredPassage:
    """A retrieved passage with its fused score and its place in either list (None: not in it)."""

    passage: StoredPassage
    score: float
    dense: Ranked | None = None
    lexical: Ranked | None = None


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """A document as a citation names it."""

    id: str
    title: str
    source: str
    published: dt.date | None
    version: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A place: one sentence of one version of one document. Made by `cite`.

    Attributes:
        document: which document, in which version.
        sentence: ordinal of the sentence.
        span: where it stands in the stored text.
        quote: the text found there.
        page: page on which it begins, in paged formats.
        paragraph: number of the paragraph in which it begins, from 1.

    Raises:
        ValueError: if the quote is not as long as its span.
    """

    document: CitedDocument
    sentence: int
    span: Span
    quote: str
    page: int | None
    paragraph: int

    def __post_init__(self) -> None:
        if len(self.quote) != len(self.span):
            raise ValueError(f"quote of {len(self.quote)} characters for a span of {len(self.span)}")


def cited_document(document: Document) -> CitedDocument:
    """What a citation tells of its document."""
    return CitedDocument(document.id, document.title, document.source, document.published, document.version)


def cite(document: Document, sentence: Sentence) -> Citation:
    """Builds the citation of a sentence, checked against the document's text.

    Raises:
        ValueError: if the document's text does not hold the sentence at its span.
    """
    if sentence.span.cut(document.text) != sentence.text:
        raise ValueError(f"sentence {sentence.ordinal} does not stand at its span in {document.id!r}")
    return Citation(
        document=cited_document(document),
        sentence=sentence.ordinal,
        span=sentence.span,
        quote=sentence.text,
        page=document.page_of(sentence.span),
        paragraph=document.paragraph_of(sentence.span),
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement with the sentences it stands on.

    Attributes:
        highlight: where in the text the short answer is, if there is one.
        score, missing: as in `qa.assessments.Assessment`; None for a claim saved before there was a score.

    Raises:
        ValueError: without text or without a citation, or for a highlight past the end of the text.
    """

    text: str
    support: Support
    citations: tuple[Citation, ...]
    highlight: Span | None = None
    score: float | None = None
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.citations:
            raise ValueError("a claim needs text and at least one citation")
        if self.highlight and self.highlight.end > len(self.text):
            raise ValueError(f"highlight up to {self.highlight.end} in a text of {len(self.text)}")


class WithheldReason(StrEnum):
    """Why a proposed statement did not become a claim."""

    NO_CITATION = "no citation"
    NOT_SHOWN = "cites a sentence that was not shown"
    UNSUPPORTED = "not carried by the sentences it cites"
    PARTLY = "only partly carried by the sentences it cites"
    REPEATED = "repeats an earlier claim"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Withheld:
    """A proposed statement that was not made a claim.

    Attributes:
        missing: what of it stands in no sentence it cites, as in `qa.assessments.Assessment`.
    """

    statement: Statement
    reason: WithheldReason
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Claims of different documents that give different values for the same thing.

    Attributes:
        claims: their positions in the answer, ascending.
        figures: the values, in the same order and in the claims' words: numbers, dates or names.
    """

    claims: tuple[int, ...]
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownScore:
    """What the trace keeps of a shown sentence."""

    handle: str
    document_id: str
    sentence: int
    score: float


@dataclass(frozen=True, slots=True)
class StepTime:
    """How long a step took, in seconds."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Trace:
    """How an outcome came about.

    Attributes:
        query: the text that was searched for, after earlier turns were taken in.
        retrieved: passages, best first.
        shown: the evidence, best first.
        withheld: statements that did not become claims.
        index, reader, generator, verifier: what was used, by fingerprint.
        rewriting: who made the question stand alone, where a chat model was to.
        drafting: how the draft came about, where a chat model was asked.
        durations: one per step, in order.
    """

    query: str
    retrieved: tuple[ScoredPassage, ...] = ()
    shown: tuple[ShownScore, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    index: str = ""
    reader: str = ""
    generator: str = ""
    verifier: str = ""
    rewriting: str = ""
    drafting: Drafting = NO_DRAFTING
    durations: tuple[StepTime, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """Claims, each with its citations, and how sure we are that they answer the question (0–1).

    Attributes:
        unanswered: parts of the question that no sentence was found to answer.
        notice: what the one who asked has to know of how it was written; "" if nothing.

    Raises:
        ValueError: without a claim.
    """

    question: str
    claims: tuple[Claim, ...]
    confidence: float
    trace: Trace
    disagreements: tuple[Disagreement, ...] = ()
    unanswered: tuple[str, ...] = ()
    notice: str = ""

    def __post_init__(self) -> None:
        if not self.claims:
            raise ValueError("an answer needs at least one claim; without one, abstain")

    @property
    def text(self) -> str:
        """All claims, one after the other."""
        return " ".join(claim.text for claim in self.claims)


class AbstentionReason(StrEnum):
    """Why no answer is given."""

    NOTHING_RETRIEVED = "no passage was found"
    OFF_TOPIC = "the documents are not about this"
    PRESUMED = "the documents tell of this, but not what the question presumes"
    NOT_ANSWERED = "no sentence answers the question"
    DECLINED = "the generator proposed no statement"
    ALL_WITHHELD = "no proposed statement stood on its citations"
    FAILED = "the chat model did not answer, and no sentence answers by itself"


@dataclass(frozen=True, slots=True)
class Abstention:
    """No answer, why, the nearest sentences, and how likely they answer after all (0–1).

    Attributes:
        notice: what the one who asked has to know of how it came about; "" if nothing.
    """

    question: str
    reason: AbstentionReason
    nearest: tuple[Citation, ...]
    confidence: float
    trace: Trace
    notice: str = ""


Outcome = Answer | Abstention
