"""What the store hands out besides documents: stored passages, places and pending keys."""

import datetime as dt
from dataclasses import dataclass

from ingest.documents import Document, Passage, Sentence, Span


@dataclass(frozen=True, slots=True)
class PassageKey:
    """Names a passage in both halves of the index.

    Attributes:
        content: key of the text, never used twice.
        ordinal: the passage's number in that text, from 0.
    """

    content: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A live passage with the range of its sentences, and the title and heading it stands under."""

    key: PassageKey
    document_id: str
    span: Span
    first_sentence: int
    last_sentence: int
    context: str


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What a listing of documents shows.

    Attributes:
        sentences, passages: how many the text has.
        same_as: id of the document under which the same text is stored and found, if not this one.
    """

    id: str
    title: str
    source: str
    media_type: str
    published: dt.date | None
    version: str
    sentences: int
    passages: int
    same_as: str | None


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was last ingested.

    Attributes:
        origin: its absolute path.
        root: absolute path of the folder that its documents' ids are relative to.
        digest: SHA-256 of its bytes.
    """

    origin: str
    root: str
    digest: str


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document with its sentences and passages, ready to be made live."""

    document: Document
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """A content key whose vectors are to be swept, and how many passages it may have."""

    content: int
    passages: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents may be found; empty fields do not restrict.

    Attributes:
        documents: ids; a trailing `*` stands for any ending.
        sources: publishers, compared without regard to case.
        published_from, published_to: days, both included; undated documents fail them.
    """

    documents: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    published_from: dt.date | None = None
    published_to: dt.date | None = None

    def __bool__(self) -> bool:
        return self != EVERYTHING


EVERYTHING = Filters()
