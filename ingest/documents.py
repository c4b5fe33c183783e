"""The nouns of reading: documents, spans, sentences, passages.

Every offset in the project counts Unicode code points of a document's stored text,
which is made once, by `normalise_text`.
"""

import datetime as dt
import hashlib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range `[start, end)` of code points; never empty.

    Raises:
        ValueError: unless ``0 <= start < end``.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def cut(self, text: str) -> str:
        """The piece of `text` this span names.

        Raises:
            ValueError: if the span reaches past the end of `text`.
        """
        if self.end > len(text):
            raise ValueError(f"span [{self.start}, {self.end}) reaches past {len(text)} characters")
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Document:
    """One text as it is stored and cited.

    Attributes:
        id: path relative to what was ingested, or the `_id` of a JSON Lines record.
        title: never empty; the file's name where the document names none.
        source: who published it ("" if unknown).
        media_type: IANA media type of the file it was read from.
        published: day of publication, if known.
        text: the stored text every offset counts into.
        headings: spans of `text` that are headings, ascending and disjoint.
        page_starts: offset of each page's first character (paged formats), ascending from 0.
        version: SHA-256 of `text`, hexadecimal; follows from the text.

    Raises:
        ValueError: for an empty id, title or text, or marks that do not fit the text.
    """

    id: str
    title: str
    text: str
    source: str = ""
    media_type: str = "text/plain"
    published: dt.date | None = None
    headings: tuple[Span, ...] = ()
    page_starts: tuple[int, ...] = ()
    version: str = field(init=False)

    def __post_init__(self) -> None:
        if not (self.id and self.title and self.text.strip()):
            raise ValueError(f"document {self.id!r} needs an id, a title and text")
        _check_marks(self)
        object.__setattr__(self, "version", text_version(self.text))

    def page_of(self, span: Span) -> int | None:
        """Number (from 1) of the page on which `span` begins; None where there are no pages."""
        return bisect_right(self.page_starts, span.start) or None

    def paragraph_of(self, span: Span) -> int:
        """Number (from 1) of the blank-line separated paragraph in which `span` begins."""
        blocks = self.text[: span.start].split("\n\n")
        return 1 + sum(1 for block in blocks[:-1] if block.strip())


def _check_marks(document: Document) -> None:
    length = len(document.text)
    pages = document.page_starts
    if pages and (pages[0] != 0 or any(a > b for a, b in pairwise(pages)) or pages[-1] > length):
        raise ValueError(f"document {document.id!r}: page starts must ascend from 0 within the text")
    headings = document.headings
    if any(a.end > b.start for a, b in pairwise(headings)) or (headings and headings[-1].end > length):
        raise ValueError(f"document {document.id!r}: headings must ascend, apart, within the text")


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of citation: `document.text[span] == text`, enforced where it is made.

    Attributes:
        document_id: the document it belongs to.
        ordinal: its number in the document, from 0.
        span: where it stands in the document's text.
        text: the verbatim text.
        is_heading: whether it is a heading: it names what follows and states nothing.
    """

    document_id: str
    ordinal: int
    span: Span
    text: str
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of neighbouring whole sentences: the unit of retrieval.

    Attributes:
        document_id: the document it belongs to.
        ordinal: its number in the document, from 0.
        first_sentence, last_sentence: ordinals of its sentences, both included.
        span: from the first sentence's start to the last one's end.
        text: `document.text[span]`.
        context: title and heading it stands under; embedded with it, never stored as its text.
    """

    document_id: str
    ordinal: int
    first_sentence: int
    last_sentence: int
    span: Span
    text: str
    context: str


def embedded_text(context: str, text: str) -> str:
    """What the embedding model reads for a passage: its context above its text."""
    return f"{context}\n{text}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or one record of it, that did not become a document.

    Attributes:
        place: the file, as it was named or found.
        reason: what is wrong and what to do about it, fit for printing.
        line: number (from 1) of the record in a JSON Lines file; None for a whole file.
        hint: more about it for whoever has this machine's files before them, such as paths.
    """

    place: str
    reason: str
    line: int | None = None
    hint: str = ""

    @property
    def where(self) -> str:
        """The place, with its line where there is one."""
        return self.place if self.line is None else f"{self.place} line {self.line}"

    @property
    def told(self) -> str:
        """The reason, with its hint."""
        return f"{self.reason}: {self.hint}" if self.hint else self.reason

    def __str__(self) -> str:
        return f"{self.where}: {self.told}"


def normalise_text(text: str) -> str:
    r"""The stored form of decoded text: no byte-order mark, `\n` line ends, no NUL or lone surrogates.

    The only place in the project where text is changed before offsets are counted.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def text_version(text: str) -> str:
    """SHA-256 of the UTF-8 text, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def only_space_outside(text: str, spans: Iterable[Span]) -> bool:
    """Whether ascending, disjoint `spans` leave out nothing but white space."""
    position = 0
    for span in spans:
        if span.start < position or text[position : span.start].strip():
            return False
        position = span.end
    return not text[position:].strip()
