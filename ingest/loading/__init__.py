"""Loading: one file in, the reader's text out, or the reason why not.

`load` looks at the suffix and hands the file to one thin adapter per format. Adapters and their
libraries are imported when the first file of their kind is met, so importing this package is cheap.

What an adapter refuses comes out as a `Skipped` value beside the documents, never as an exception:
one bad record must not lose the others, and whoever walks a folder counts both.
"""

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from ingest.documents import Document, Skipped
from ingest.errors import UnreadableDocument
from ingest.loading.content import Content, readable
from ingest.loading.files import open_within, read_within

__all__ = ["SUFFIXES", "load"]

_JSON_LINES = "application/x-ndjson"

SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        ".txt": "text/plain",
        ".md": "text/markdown",
        ".markdown": "text/markdown",
        ".html": "text/html",
        ".htm": "text/html",
        ".pdf": "application/pdf",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".jsonl": _JSON_LINES,
        ".ndjson": _JSON_LINES,
    }
)
"""The lower-case suffixes that can be loaded, each with its media type (IANA; JSON Lines has none there)."""


def load(
    path: Path, document_id: str, *, max_bytes: int, data: bytes | None = None
) -> Iterator[Document | Skipped]:
    """Read the documents of one file, in order, as they are asked for.

    Args:
        path: the file; its suffix, in any case, says what it is.
        document_id: id of the document; a JSON Lines record's is its own `_id` instead.
        max_bytes: a larger file is refused unread.
        data: what is in the file, if somebody else read it; then it need not be here.

    Yields:
        The document, or each document of a JSON Lines file; and a `Skipped` for whatever is not
        one. Nothing is raised for anything a file can hold or be.
    """
    media_type = SUFFIXES.get(path.suffix.lower())
    try:
        if media_type is None:
            raise UnreadableDocument(f"no reader for {path.suffix or 'files without a suffix'!r}: {_known()}")
        if media_type == _JSON_LINES:
            yield from _records(path, document_id, max_bytes, data)
        else:
            yield _document(
                path, document_id, media_type, read_within(path, max_bytes) if data is None else data
            )
    except UnreadableDocument as refusal:
        yield Skipped(document_id, refusal.reason)


def _known() -> str:
    return "convert it to one of " + ", ".join(sorted(SUFFIXES))


def _document(path: Path, document_id: str, media_type: str, data: bytes) -> Document:
    content = _adapter(media_type)(data)
    if not content.text.strip():
        raise UnreadableDocument("holds no text")
    return Document(
        id=document_id,
        title=content.title or readable(path.stem),
        text=content.text,
        source=content.source,
        media_type=media_type,
        published=content.published,
        headings=content.headings,
        page_starts=content.page_starts,
    )


def _adapter(media_type: str) -> Callable[[bytes], Content]:
    """The adapter for a media type; imported here so that nobody pays for a format they do not use."""
    match media_type:
        case "text/plain":
            from ingest.loading.text import read
        case "text/markdown":
            from ingest.loading.markdown import read
        case "text/html":
            from ingest.loading.html import read
        case "application/pdf":
            from ingest.loading.pdf import read
        case _:
            from ingest.loading.docx import read
    return read


def _records(
    path: Path, document_id: str, max_bytes: int, data: bytes | None
) -> Iterator[Document | Skipped]:
    from ingest.loading.jsonl import read_records

    with open_within(path, max_bytes) if data is None else BytesIO(data) as lines:
        for line, record in read_records(lines):
            if isinstance(record, UnreadableDocument):
                yield Skipped(document_id, record.reason, line)
            else:
                yield record
