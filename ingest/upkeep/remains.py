"""Reading a book of record that may be damaged: row by row, nothing taken on trust."""

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.documents import Document, Passage, Sentence, Span, only_space_outside
from ingest.store import FileRecord, PreparedDocument
from ingest.store.connection import Statements

BUSY_TIMEOUT_MS = 10_000
UNREAD = "unread"  # digest of a file that a repair is to read again: none is like it
Row = tuple[object, ...]


class Unfit(ValueError):
    """Rows of a text do not fit it, or each other."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a document came from, and the key of its text; "" and 0 for what cannot be read."""

    id: str
    origin: str
    content: int


class Remains:
    """What can be read of a book of record."""

    def __init__(self, connection: Statements) -> None:
        self._connection = connection

    def meta(self) -> dict[str, str]:
        """Facts about the index itself."""
        names = ("generation", "next_content", "fingerprint", "index")
        found = {name: self._row("SELECT value FROM meta WHERE name = ?", name) for name in names}
        return {name: str(row[0]) for name, row in found.items() if row}

    def files(self) -> tuple[FileRecord, ...]:
        """Ingested files, by path."""
        rows = self._both_ways("SELECT origin, root, digest FROM files ORDER BY origin {}")
        return tuple(FileRecord(*map(str, row)) for row in sorted(rows, key=lambda row: str(row[0])))

    def places(self) -> tuple[Place, ...]:
        """All documents of which at least the id can be read, by id."""
        known: dict[str, Place] = {}
        # The indexes hold these columns a second time: what one page lost may stand on another.
        for sql in (
            "SELECT id, '', content FROM documents INDEXED BY documents_content ORDER BY content {}",
            "SELECT id, origin, 0 FROM documents INDEXED BY documents_origin ORDER BY origin {}",
            "SELECT id, origin, content FROM documents NOT INDEXED ORDER BY id {}",
        ):
            for id_, origin, content in self._both_ways(sql):
                if isinstance(id_, str) and isinstance(origin, str) and isinstance(content, int):
                    before = known.get(id_, Place(id_, "", 0))
                    known[id_] = Place(id_, origin or before.origin, content or before.content)
        return tuple(sorted(known.values()))

    def document(self, document_id: str) -> Document:
        """A document, all of it.

        Raises:
            Unfit: if it cannot be read, or is not what was stored.
        """
        row = self._row(
            "SELECT d.id, d.title, c.text, d.source, d.media_type, d.published, d.headings, d.page_starts,"
            " c.version FROM documents d JOIN contents c ON c.key = d.content WHERE d.id = ?",
            document_id,
        )
        if row is None:
            raise Unfit("it cannot be read")
        try:
            return _document(row)
        except (ValueError, TypeError) as error:
            raise Unfit(str(error)) from error

    def prepared(self, key: int, document: Document) -> PreparedDocument:
        """A text with its sentences and passages, under the title they were embedded with.

        Args:
            key: of the text.
            document: one of those that have it, as `document` gave it.

        Raises:
            Unfit: if they cannot be read, or do not fit.
        """
        row = self._row("SELECT title FROM contents WHERE key = ?", key)
        if row is None:
            raise Unfit("it cannot be read")
        document = replace(document, title=str(row[0]))
        try:
            sentences = self._sentences(key, document)
            return PreparedDocument(document, sentences, self._passages(key, document, sentences))
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            raise Unfit(str(error)) from error

    def is_found(self, key: int, passages: Sequence[Passage]) -> bool:
        """Whether the lexical index holds exactly these passages of a text."""
        sql = (
            "SELECT l.context, l.text FROM passages p LEFT JOIN lexical l ON l.rowid = p.id"
            " WHERE p.content = ? ORDER BY p.ordinal"
        )
        try:
            held = self._connection.execute(sql, (key,)).fetchall()
        except sqlite3.DatabaseError:
            return False
        return list(held) == [(passage.context, passage.text) for passage in passages]

    def orphans(self) -> int:
        """How many texts, sentences and passages no document has."""
        counts = (
            self._row(f"SELECT count(*) FROM {table} WHERE {key} NOT IN (SELECT content FROM documents)")  # noqa: S608 - our own names
            for table, key in (("contents", "key"), ("sentences", "content"), ("passages", "content"))
        )
        return sum(row[0] for row in counts if row and isinstance(row[0], int))

    def pending(self) -> int:
        """How many texts stand in the journal."""
        row = self._row("SELECT count(*) FROM journal")
        return row[0] if row and isinstance(row[0], int) else 0

    def _sentences(self, key: int, document: Document) -> tuple[Sentence, ...]:
        rows = self._connection.execute(
            "SELECT ordinal, start, stop, is_heading FROM sentences WHERE content = ? ORDER BY ordinal",
            (key,),
        ).fetchall()
        spans = [Span(start, stop) for _, start, stop, _ in rows]
        _check([row[0] for row in rows] == list(range(len(rows))), "sentences are missing")
        _check(only_space_outside(document.text, spans), "sentences leave out words")
        return tuple(
            Sentence(document.id, ordinal, span, span.cut(document.text), bool(row[3]))
            for ordinal, (span, row) in enumerate(zip(spans, rows, strict=True))
        )

    def _passages(self, key: int, document: Document, sentences: Sequence[Sentence]) -> tuple[Passage, ...]:
        rows = self._connection.execute(
            "SELECT ordinal, first_sentence, last_sentence, start, stop, context FROM passages"
            " WHERE content = ? ORDER BY ordinal",
            (key,),
        ).fetchall()
        _check([row[0] for row in rows] == list(range(len(rows))), "passages are missing")
        edges = [0, *(row[2] + 1 for row in rows)]
        _check([row[1] for row in rows] == edges[:-1], "passages do not follow each other")
        _check(edges[-1] == len(sentences), "passages leave out sentences")
        return tuple(_passage(document, sentences, *row) for row in rows)

    def _row(self, sql: str, *values: object) -> Row | None:
        try:
            found: Row | None = self._connection.execute(sql, values).fetchone()
        except sqlite3.DatabaseError:
            return None
        return found

    def _both_ways(self, sql: str) -> set[Row]:
        """Rows from the beginning up to what cannot be read, and from the end down to it."""
        return {*self._until_unreadable(sql.format("ASC")), *self._until_unreadable(sql.format("DESC"))}

    def _until_unreadable(self, sql: str) -> Iterator[Row]:
        try:
            yield from self._connection.execute(sql)
        except sqlite3.DatabaseError:
            return


@contextmanager
def open_remains(path: Path) -> Iterator[Remains]:
    """The book in a file, in one transaction; nothing is written, not even what waits in its log.

    Raises:
        sqlite3.DatabaseError: if it is no book at all, or of another layout.
    """
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("BEGIN")
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'contents'").fetchone() is None:
            raise sqlite3.DatabaseError("there are no tables of ours in it")
        yield Remains(connection)


def _document(row: Row) -> Document:
    id_, title, text, source, media_type, published, headings, page_starts, version = row
    document = Document(
        id=str(id_),
        title=str(title),
        text=str(text),
        source=str(source),
        media_type=str(media_type),
        published=None if published is None else dt.date.fromisoformat(str(published)),
        headings=tuple(Span(start, end) for start, end in json.loads(str(headings))),
        page_starts=tuple(json.loads(str(page_starts))),
    )
    _check(document.version == version, "it is not the text that was stored")
    return document


def _passage(
    document: Document,
    sentences: Sequence[Sentence],
    ordinal: int,
    first: int,
    last: int,
    start: int,
    stop: int,
    context: str,
) -> Passage:
    span = Span(sentences[first].span.start, sentences[last].span.end)
    _check(span == Span(start, stop) and isinstance(context, str), "passages do not fit their sentences")
    return Passage(document.id, ordinal, first, last, span, span.cut(document.text), context)


def _check(holds: bool, told: str) -> None:
    if not holds:
        raise Unfit(told)
