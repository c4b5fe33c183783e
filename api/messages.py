"""What is asked for and sent besides the answer object: questions, searches, documents, verdicts, status."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas import FROZEN, CitationObject, CitedDocumentObject, End, RankedObject, Start
from qa.verification import Verdict

ASKED = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
Text = Annotated[str, Field(max_length=100_000)]
Name = Annotated[str, Field(min_length=1, max_length=1_000)]


class FiltersObject(BaseModel):
    """Which documents may be found; what is left out does not restrict."""

    model_config = ASKED

    documents: tuple[Name, ...] = Field(
        default=(), max_length=1_000, description="Ids; a trailing `*` stands for any ending."
    )
    sources: tuple[Name, ...] = Field(
        default=(), max_length=1_000, description="Publishers, compared without regard to case."
    )
    published_from: dt.date | None = Field(
        default=None, alias="from", description="First day of publication."
    )
    published_to: dt.date | None = Field(default=None, alias="to", description="Last day of publication.")


class MessageObject(BaseModel):
    """One message of a conversation."""

    model_config = ASKED

    role: Literal["user", "assistant"]
    content: Text


class ChatObject(BaseModel):
    """A question, alone or as the last message of a conversation."""

    model_config = ConfigDict(
        **ASKED,
        json_schema_extra={"examples": [{"question": "How much will Japan invest in the United States?"}]},
    )

    question: Text | None = Field(default=None, description="The question, if it stands alone.")
    messages: tuple[MessageObject, ...] = Field(
        default=(), max_length=1_000, description="A conversation whose last message is the user's question."
    )
    filters: FiltersObject = FiltersObject()

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        if (self.question is None) == (not self.messages):
            raise ValueError("give either question or messages")
        if self.messages and self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        return self


class SearchRequestObject(BaseModel):
    """What to search for."""

    model_config = ConfigDict(**ASKED, json_schema_extra={"examples": [{"query": "rare earths", "limit": 5}]})

    query: Text
    limit: int = Field(default=10, ge=1, le=100, description="Passages at most.")
    filters: FiltersObject = FiltersObject()


class FoundPassageObject(BaseModel):
    """A passage that was found, with its places in both lists."""

    model_config = FROZEN

    document: CitedDocumentObject
    start: Start
    end: End
    text: str
    score: float = Field(description="Fused score; higher is better.")
    dense: RankedObject | None = Field(description="Place by meaning; null if not found so.")
    lexical: RankedObject | None = Field(description="Place by words; null if not found so.")


class SearchObject(BaseModel):
    """Passages for a query, best first."""

    model_config = FROZEN

    query: str
    expression: str = Field(description="What the lexical index was asked, in FTS5's terms.")
    passages: tuple[FoundPassageObject, ...]


class SentenceObject(BaseModel):
    """A sentence where it stands."""

    model_config = FROZEN

    sentence: int = Field(description="Number in the document, from 0.")
    start: Start
    end: End
    text: str
    heading: bool
    page: int | None = Field(description="Page on which it begins, in paged formats.")


class DocumentObject(BaseModel):
    """A stored document: what every span counts into."""

    model_config = FROZEN

    id: str
    title: str
    source: str
    published: dt.date | None
    version: str = Field(description="SHA-256 of the text.")
    media_type: str
    places: tuple[str, ...] = Field(description="Ids of all documents with this text, this one included.")
    text: str
    sentences: tuple[SentenceObject, ...]


class DocumentSummaryObject(BaseModel):
    """A document in a listing."""

    model_config = FROZEN

    id: str
    title: str
    source: str
    published: dt.date | None
    version: str
    media_type: str
    sentences: int
    passages: int
    same_as: str | None = Field(description="Id under which the same text is found, if not this one.")


class DocumentsObject(BaseModel):
    """All documents, by id."""

    model_config = FROZEN

    documents: tuple[DocumentSummaryObject, ...]


class CountsObject(BaseModel):
    """How much an index holds."""

    model_config = FROZEN

    documents: int
    sentences: int
    passages: int


class StatusObject(BaseModel):
    """An index as it is now; `documents` where they were asked for."""

    model_config = FROZEN

    index: str
    fingerprint: str
    counts: CountsObject
    documents: tuple[DocumentSummaryObject, ...] | None = None


class HealthObject(BaseModel):
    """The service answers, from this index."""

    model_config = FROZEN

    status: Literal["ok"] = "ok"
    fingerprint: str = Field(description="What the index was built with.")
    counts: CountsObject


class SavedClaimObject(BaseModel):
    """What is read of a saved claim."""

    model_config = FROZEN

    citations: tuple[CitationObject, ...]


class SavedObject(BaseModel):
    """Citations to check: a saved answer object, or anything that has `citations`."""

    model_config = FROZEN

    citations: tuple[CitationObject, ...] | None = Field(default=None, max_length=10_000)
    claims: tuple[SavedClaimObject, ...] | None = Field(default=None, max_length=10_000)
    nearest: tuple[CitationObject, ...] = Field(default=(), max_length=10_000)

    @model_validator(mode="after")
    def _check_something(self) -> Self:
        if self.citations is None and self.claims is None:
            raise ValueError("give citations or a saved answer object")
        return self

    def all_citations(self) -> tuple[CitationObject, ...]:
        """Every citation, in order."""
        claimed = (citation for claim in self.claims or () for citation in claim.citations)
        return (*(self.citations or ()), *claimed, *self.nearest)


class SpanObject(BaseModel):
    """A place in a document's stored text."""

    model_config = FROZEN

    start: Start
    end: End


class CheckedObject(BaseModel):
    """A citation, and what became of it."""

    model_config = FROZEN

    verdict: Verdict = Field(
        description="`exact`: it stands as cited; `moved`: the document changed, the quote stands in it at"
        " `now`; `stale`: the quote is gone from the document; `gone`: the document is."
    )
    now: SpanObject | None = Field(description="Where the quote stands now; null if nowhere.")
    citation: CitationObject


class VerificationObject(BaseModel):
    """All verdicts, in the order of the citations."""

    model_config = FROZEN

    ok: bool = Field(description="Whether every citation is exact or moved.")
    citations: tuple[CheckedObject, ...]


class SkippedObject(BaseModel):
    """Something that was not ingested, and why."""

    model_config = FROZEN

    place: str
    reason: str


class IngestObject(BaseModel):
    """What an ingest did."""

    model_config = FROZEN

    added: int
    replaced: int
    unchanged: int
    removed: int
    shared: int = Field(description="How many of the added or replaced have a text stored already.")
    sentences: int = Field(description="Newly stored.")
    passages: int = Field(description="Newly stored.")
    seconds: float
    skipped: tuple[SkippedObject, ...]
