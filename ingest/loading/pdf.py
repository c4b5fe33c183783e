"""PDF: the text layer page by page, with page starts, without running headers and footers."""

import datetime as dt
import io
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pypdf import DocumentInformation, PasswordType, PdfReader
from pypdf.errors import DependencyError

from ingest.documents import normalise_text
from ingest.errors import UnreadableDocument
from ingest.loading.content import Content, one_line
from ingest.loading.pdf_lines import Line, page_lines
from ingest.loading.pdf_pages import join_pages

_MAX_PAGES = 5_000
_MAX_CHARACTERS = 20_000_000
_MAX_TITLE = 120
_ENCRYPTED = "encrypted: remove the password and ingest again"
_NO_TITLE = re.compile(
    r"untitled.*|microsoft word - .*|.*\.(?:docx?|pdf|indd|tex|dvi|qxd|rtf|odt)|\W*", re.I | re.S
)
_NO_SOURCE = re.compile(r"\W*(?:anonymous|unknown|user|author|admin)?\W*", re.I)

# pypdf logs each oddity of a damaged file; whoever ingests a folder gets one reason per file instead.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(data: bytes) -> Content:
    """Read the text layer of a PDF.

    The title is the metadata's if it is one, or else what is set largest on the first page, or its first
    line.

    Raises:
        UnreadableDocument: if it is encrypted, scanned, damaged, no PDF, or over 5,000 pages or 20 million
            characters. What a single stream may unpack to is bounded by pypdf (75 MB).
    """
    if b"%PDF-" not in data[:1024]:
        raise UnreadableDocument("not a PDF")
    pages, facts = _extract(data)
    text, headings, starts = join_pages(pages)
    if not text:
        raise UnreadableDocument("no text layer: run OCR (e.g. ocrmypdf) first")
    return Content(
        text=text,
        title=facts.title or (_largest(pages) if headings else _first_line(text)),
        source=facts.source,
        published=facts.published,
        headings=headings,
        page_starts=starts,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    title: str
    source: str
    published: dt.date | None


def _extract(data: bytes) -> tuple[list[list[Line]], _Facts]:
    try:
        reader = _open(data)
        pages, facts = list(_pages(reader)), reader.metadata
        return pages, _Facts(_title(facts), _source(facts), _created(facts))
    except UnreadableDocument:
        raise
    except DependencyError as error:
        raise UnreadableDocument(_ENCRYPTED) from error
    except Exception as error:
        # Broad on purpose: on damaged input pypdf raises KeyError, RecursionError and others, too.
        raise UnreadableDocument(
            f"damaged PDF ({type(error).__name__}): save or print it to PDF again"
        ) from error


def _open(data: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(data))
    # Files that only forbid printing are encrypted with an empty password: any viewer opens them.
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise UnreadableDocument(_ENCRYPTED)
    if len(reader.pages) > _MAX_PAGES:
        raise UnreadableDocument(
            f"{len(reader.pages):,} pages are over the limit of {_MAX_PAGES:,}: split it"
        )
    return reader


def _pages(reader: PdfReader) -> Iterator[list[Line]]:
    characters = 0
    for page in reader.pages:
        lines = page_lines(page)
        characters += sum(len(line.text) for line in lines)
        if characters > _MAX_CHARACTERS:
            raise UnreadableDocument(f"over {_MAX_CHARACTERS:,} characters: split it")
        yield lines


def _title(facts: DocumentInformation | None) -> str:
    title = one_line(normalise_text(facts.title or "")) if facts else ""
    return "" if _NO_TITLE.fullmatch(title) else title


def _source(facts: DocumentInformation | None) -> str:
    author = one_line(normalise_text(facts.author or "")) if facts else ""
    return "" if _NO_SOURCE.fullmatch(author) else author


def _created(facts: DocumentInformation | None) -> dt.date | None:
    try:
        created = facts.creation_date if facts else None
    except ValueError:  # a date in no form PDF knows says nothing
        return None
    return created.date() if created else None


def _largest(pages: Sequence[Sequence[Line]]) -> str:
    """What is set largest on the first page with text."""
    first = next(page for page in pages if page)
    size = max(line.size for line in first)
    title = one_line(" ".join(line.text for line in first if line.size == size))
    return title if len(title) <= _MAX_TITLE else ""


def _first_line(text: str) -> str:
    line = one_line(text.split("\n", 1)[0])
    return line if len(line) <= _MAX_TITLE else ""
