"""What is sent besides the answer object: passages, documents, verdicts, status, reports of ingests."""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, Field

from api.problems import Problem
from api.schemas import (
    FROZEN,
    CitationObject,
    CitedDocumentObject,
    ClaimObject,
    End,
    RankedObject,
    RetrievedObject,
    Start,
)
from qa.verification import Verdict


class RetrievedEventObject(BaseModel):
    """What the first event of a streamed answer tells: passages were found."""

    model_config = FROZEN

    query: str = Field(description="What was searched for, after earlier turns were taken in.")
    passages: tuple[RetrievedObject, ...] = Field(description="Passages, best first.")


class ClaimEventObject(BaseModel):
    """What an event of a streamed answer tells: a claim stands."""

    model_config = FROZEN

    index: int = Field(ge=0, description="Its position among the claims, from 0.")
    claim: ClaimObject


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
    """Documents, by id; a part of them where there are many."""

    model_config = FROZEN

    documents: tuple[DocumentSummaryObject, ...]
    next: str | None = Field(description="What `after` is to be for those that follow; null at the end.")
    total: int = Field(description="How many documents the index holds.")


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
    erased: bool | None = Field(
        default=True,
        description="Whether nothing is left on disk of what was dropped. False: somebody still reads it, and"
        " `pincite purge` deletes it later. Null: nobody finds it any more, but bytes of it may stay in the"
        " files of PostgreSQL or of a Chroma server until these are vacuumed.",
    )


class KeyObject(BaseModel):
    """An API key, the key itself aside."""

    model_config = FROZEN

    name: str
    scope: Literal["read", "write"]
    created: dt.datetime


class KeysObject(BaseModel):
    """All API keys, oldest first."""

    model_config = FROZEN

    keys: tuple[KeyObject, ...]


JobState = Literal["queued", "running", "done", "failed"]


class ProgressObject(BaseModel):
    """How far an ingest has come."""

    model_config = FROZEN

    done: int = Field(description="Files read.")
    total: int = Field(description="Files to read.")
    document: str = Field(description='The file at hand; "" before the first and after the last.')
    passages: int = Field(description="Passages embedded so far.")


class JobStartedObject(BaseModel):
    """What was taken in, to be ingested."""

    model_config = FROZEN

    job: str = Field(description="Id of the job; ask for it at `/v1/jobs/{id}`.")


class JobObject(BaseModel):
    """A job as it is now."""

    model_config = FROZEN

    job: str
    state: JobState
    progress: ProgressObject
    report: IngestObject | None = Field(description="What it did, once it is done.")
    problem: Problem | None = Field(description="What went wrong, if it failed.")


class JobDoneObject(BaseModel):
    """The event `done`."""

    model_config = FROZEN

    report: IngestObject
