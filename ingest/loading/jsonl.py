"""JSON Lines in the BEIR corpus form: `_id`, `title`, `text`, `metadata` (`published`, `source`)."""

import json
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.documents import Document, normalise_text
from ingest.errors import UnreadableDocument
from ingest.loading.content import one_line, parse_day

LONGEST_ID = 1_000  # characters


class _Record(BaseModel):
    model_config = ConfigDict(strict=True)

    id: str = Field(alias="_id", min_length=1, max_length=LONGEST_ID)
    title: str | None = None
    text: str
    metadata: dict[str, object] | None = None


def read_records(lines: Iterable[bytes]) -> Iterator[tuple[int, Document | UnreadableDocument]]:
    r"""Read records one by one, as a binary file yields its lines (split at `\n` only).

    Yields:
        The line's number (from 1) and its document, or why it is none. Blank lines are no records; other
        fields of a record, and a publication day that is no date, are ignored.
    """
    seen: set[str] = set()
    met_any = False
    for number, line in enumerate(lines, start=1):
        if line.strip():
            met_any = True
            yield number, _read_record(line, seen)
    if not met_any:
        yield 1, UnreadableDocument("holds no text")


def _read_record(line: bytes, seen: set[str]) -> Document | UnreadableDocument:
    try:
        document = _document(_parse(line))
        if document.id in seen:
            raise UnreadableDocument(f"_id {document.id!r} occurs again: the first one was taken")
    except UnreadableDocument as refusal:
        return refusal
    seen.add(document.id)
    return document


def _parse(line: bytes) -> _Record:
    try:
        return _Record.model_validate(json.loads(line.decode("utf-8-sig")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "record"
        raise UnreadableDocument(f"{where}: {first['msg']}") from error
    except UnicodeDecodeError as error:
        raise UnreadableDocument("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise UnreadableDocument(f"not JSON: {error.msg} at character {error.colno}") from error
    except (RecursionError, ValueError) as error:  # nested too deep, or a number of too many digits
        raise UnreadableDocument("not a record: nested too deeply or a number too long") from error


def _document(record: _Record) -> Document:
    text = normalise_text(record.text.lstrip("\ufeff"))
    identity, metadata = _line(record.id), record.metadata or {}
    if not text.strip() or not identity:
        raise UnreadableDocument(f"record {record.id!r} holds no text")
    return Document(
        id=identity,
        title=_line(record.title) or identity,
        text=text,
        source=_line(metadata.get("source")),
        media_type="application/x-ndjson",
        published=parse_day(_line(metadata.get("published"))),
    )


def _line(value: object) -> str:
    return one_line(normalise_text(value)) if isinstance(value, str) else ""
