"""The answer object: what `ask --json` prints and HTTP sends, field by field.

Spans are half-open ranges `[start, end)` of Unicode code points in a document's stored text.
Others read these objects: a field may be added, none may change its meaning.
"""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qa.answers import AbstentionReason, WithheldReason
from qa.assessments import Support

FROZEN = ConfigDict(frozen=True)


Start = Annotated[int, Field(ge=0, description="First code point in the document's stored text.")]
Missing = Annotated[
    tuple[str, ...],
    Field(
        description="What of the text stands in no cited sentence: numbers, dates, names and quotations as it"
        " has them, `negation`, `may/will` for a may that became a will; else words of it."
    ),
]
End = Annotated[int, Field(gt=0, description="One past the last code point.")]


class CitedDocumentObject(BaseModel):
    """A document as a citation names it."""

    model_config = FROZEN

    id: str = Field(description="Id of the document.", examples=["notes/defense-note.txt"])
    title: str = Field(description="Its title.")
    source: str = Field(description='Who published it; "" if unknown.')
    published: dt.date | None = Field(description="Day of publication, if known.")
    version: str = Field(description="SHA-256 of its stored text.")


class CitationObject(BaseModel):
    """One sentence of one version of one document."""

    model_config = FROZEN

    document: CitedDocumentObject
    sentence: int = Field(ge=0, description="Number of the sentence in the document, from 0.")
    start: Start
    end: End
    quote: str = Field(description="The text that stands there, character for character.")
    page: int | None = Field(description="Page on which it begins, in paged formats.")
    paragraph: int = Field(description="Number of its paragraph, from 1.")

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if self.start >= self.end or len(self.quote) != self.end - self.start:
            raise ValueError("start and end must span exactly the quote")
        return self


class HighlightObject(BaseModel):
    """A part of a claim's text: code points `[start, end)`."""

    model_config = FROZEN

    start: int = Field(ge=0, description="First code point in the claim's text.")
    end: int = Field(gt=0, description="One past the last code point.")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("start must be less than end")
        return self


class ClaimObject(BaseModel):
    """A statement with the sentences it stands on."""

    model_config = FROZEN

    text: str
    highlight: HighlightObject | None = Field(
        default=None, description="Where in the text the short answer is, if there is one."
    )
    support: Support = Field(
        description="How far the cited sentences carry the text, from word for word to not at all."
    )
    score: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="How surely they do; 1 for verbatim, 0 where a number, a date, a quotation or a negation"
        " stands in none of them; null in answers saved by earlier versions.",
    )
    missing: Missing = ()
    citations: tuple[CitationObject, ...] = Field(min_length=1)


class RetrievedObject(BaseModel):
    """A retrieved passage."""

    model_config = FROZEN

    document: str = Field(description="Id of the document.")
    start: Start
    end: End
    score: float = Field(description="Fused score; higher is better.")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("start must be less than end")
        return self


class RankedObject(BaseModel):
    """A place in one ranked list."""

    model_config = FROZEN

    rank: int = Field(description="From 1.")
    score: float = Field(description="Cosine similarity (dense) or BM25 (lexical).")


class TracedPassageObject(RetrievedObject):
    """A retrieved passage with its places in both lists."""

    first_sentence: int
    last_sentence: int
    context: str = Field(description="Title, and below it the heading, that the passage stands under.")
    content: int = Field(description="Key of the text in the index.")
    passage: int = Field(description="Number of the passage in the text, from 0.")
    dense: RankedObject | None = Field(description="Place by meaning; null if not found so.")
    lexical: RankedObject | None = Field(description="Place by words; null if not found so.")


class ShownObject(BaseModel):
    """A sentence that was shown to the generator."""

    model_config = FROZEN

    handle: str
    document: str = Field(description="Id of the document.")
    sentence: int
    score: float = Field(description="The reader's logit; higher is better.")


class WithheldObject(BaseModel):
    """A proposed statement that did not become a claim."""

    model_config = FROZEN

    text: str
    handles: tuple[str, ...]
    reason: WithheldReason
    missing: Missing = ()


class StepTimeObject(BaseModel):
    """How long a step took."""

    model_config = FROZEN

    step: str
    seconds: float


class DraftingObject(BaseModel):
    """How a draft came about, where a chat model was asked."""

    model_config = FROZEN

    requests: int = Field(default=0, ge=0, description="How often the model was asked.")
    input_tokens: int | None = Field(default=None, description="As the provider counts; null if it does not.")
    output_tokens: int | None = Field(default=None, description="As the provider counts.")
    cost: float | None = Field(default=None, description="In the currency of the prices that are set.")
    cached: bool = Field(default=False, description="Whether the draft was kept from an earlier time.")
    remarks: tuple[str, ...] = Field(
        default=(), description="What did not go straight: retries, evidence left out, a further turn."
    )
    failure: str = Field(default="", description='Why the model did not finish; "" if it did.')


class TraceObject(BaseModel):
    """How the outcome came about."""

    model_config = FROZEN

    query: str = Field(description="What was searched for, after earlier turns were taken in.")
    retrieved: tuple[TracedPassageObject, ...]
    shown: tuple[ShownObject, ...]
    withheld: tuple[WithheldObject, ...]
    index: str = Field(description="Fingerprint of the index.")
    reader: str = Field(description="Fingerprint of the reader.")
    generator: str = Field(description="Fingerprint of the generator.")
    rewriting: str = Field(
        default="", description='Who made the question stand alone; "" where there was no choice.'
    )
    drafting: DraftingObject = DraftingObject()
    verifier: str = Field(default="", description="Fingerprint of what judged support.")
    durations: tuple[StepTimeObject, ...]


class DisagreementObject(BaseModel):
    """Claims of different documents that give different values for the same thing."""

    model_config = FROZEN

    claims: tuple[int, ...] = Field(description="Their positions among the claims, from 0.")
    figures: tuple[str, ...] = Field(description="The values, in the same order: numbers, dates or names.")


class WithdrawnObject(BaseModel):
    """Why a kept answer is not there any more."""

    model_config = FROZEN

    documents: tuple[str, ...] = Field(description="Ids of the removed documents it rested on.")
    at: dt.datetime = Field(description="When they were removed.")


class AnswerObject(BaseModel):
    """The outcome of a question: an answer, or an abstention with its reason."""

    model_config = FROZEN

    outcome: Literal["answer", "abstention"]
    question: str
    answer: str = Field(description='All claims, one after the other; "" for an abstention.')
    confidence: float = Field(ge=0, le=1, description="How likely the evidence answers the question.")
    claims: tuple[ClaimObject, ...] = Field(description="Empty for an abstention.")
    retrieved: tuple[RetrievedObject, ...] = Field(description="Passages, best first.")
    disagreements: tuple[DisagreementObject, ...]
    unanswered: tuple[str, ...] = Field(
        default=(), description="Parts of the question that no sentence was found to answer."
    )
    reason: AbstentionReason | None = Field(description="Why there is no answer; null for an answer.")
    nearest: tuple[CitationObject, ...] = Field(
        description="What comes nearest and is no answer; empty for an answer."
    )
    notice: str = Field(
        default="", description='What went wrong with a chat model, and what was done instead; "" if nothing.'
    )
    withdrawn: WithdrawnObject | None = Field(
        default=None,
        description="In kept conversations, what became of an answer that rested on a removed document: an"
        " abstention without any of its text. Else null.",
    )
    trace: TraceObject

    @model_validator(mode="after")
    def _check_outcome(self) -> Self:
        answered = self.outcome == "answer"
        if answered != bool(self.claims) or answered != (self.reason is None):
            raise ValueError("an answer has claims and no reason, an abstention a reason and no claims")
        return self

    def to_json(self) -> str:
        """One line; the bytes HTTP sends."""
        return self.model_dump_json()
