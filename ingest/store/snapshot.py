"""Reading the book of record: everything one question sees comes from one snapshot."""

import datetime as dt
import json
import sys
from collections.abc import Sequence

from ingest.documents import Document, Sentence, Span
from ingest.errors import DocumentNotFound
from ingest.store.conditions import conditions
from ingest.store.connection import Connection
from ingest.store.damage import rows_fit
from ingest.store.records import DocumentSummary, FileRecord, Filters, PassageKey, Pending, StoredPassage

DOCUMENT_COLUMNS = (
    "d.id, d.title, c.text, d.source, d.media_type, d.published, d.headings, d.page_starts, c.version"
)
INDEX_ID = "index"  # name of that fact
EVERY = 2**62  # of as many as there may be
AT_ONCE = 1_000  # passages looked up by one statement
# A text stored once is found under the first of its places, in the order of their ids.
NAMING = "(SELECT min(id) FROM documents WHERE content = c.key)"


class Snapshot:
    """A consistent view of live documents, for as long as its transaction is open."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def generation(self) -> int:
        """Grows with every change of what is live."""
        return int(self.meta("generation") or 0)

    def meta(self, name: str) -> str | None:
        """A fact about the index itself, such as its fingerprint."""
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def index_id(self) -> str | None:
        """Names this index, as its vectors do; None until something is written to one of an early version."""
        return self.meta(INDEX_ID)

    def document(self, document_id: str) -> Document:
        """The live document of that id.

        Raises:
            DocumentNotFound: if there is none.
            IndexCorrupt: if its text is no longer the one that was stored.
        """
        row = self._connection.execute(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents d JOIN contents c ON c.key = d.content WHERE d.id = ?",  # noqa: S608 - constant columns
            (document_id,),
        ).fetchone()
        if row is None:
            raise DocumentNotFound(
                f"no document {document_id!r}: `pincite status --documents` lists what there is"
            )
        with rows_fit():
            return _document(row)

    def content_key(self, document_id: str) -> int | None:
        """Key of the text a document has; None if there is no such document."""
        row = self._connection.execute(
            "SELECT content FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        return None if row is None else int(row[0])

    def sentences(self, document: Document, first: int = 0, last: int | None = None) -> tuple[Sentence, ...]:
        """Sentences of a live document in order, those from ordinal `first` to `last` (both included)."""
        rows = self._connection.execute(
            "SELECT s.ordinal, s.start, s.stop, s.is_heading FROM sentences s"
            " JOIN documents d ON d.content = s.content"
            " WHERE d.id = ? AND s.ordinal BETWEEN ? AND ? ORDER BY s.ordinal",
            (document.id, first, sys.maxsize if last is None else last),
        )
        with rows_fit():
            return tuple(_sentence(document, *row) for row in rows)

    def places(self, document_id: str) -> tuple[str, ...]:
        """Ids of all documents with the same text, this one included, in order."""
        rows = self._connection.execute(
            "SELECT b.id FROM documents a JOIN documents b ON b.content = a.content"
            " WHERE a.id = ? ORDER BY b.id",
            (document_id,),
        )
        return tuple(row[0] for row in rows)

    def passages(self, keys: Sequence[PassageKey]) -> dict[PassageKey, StoredPassage]:
        """The live ones among `keys`."""
        found: dict[PassageKey, StoredPassage] = {}
        for start in range(0, len(keys), AT_ONCE):
            found |= self._passages(keys[start : start + AT_ONCE])
        return {key: found[key] for key in keys if key in found}

    def _passages(self, keys: Sequence[PassageKey]) -> dict[PassageKey, StoredPassage]:
        rows = self._connection.execute(
            f"WITH asked (content, ordinal) AS (VALUES {', '.join(['(?, ?)'] * len(keys))})"  # noqa: S608 - constant SQL
            f" SELECT p.content, p.ordinal, {NAMING}, p.start, p.stop, p.first_sentence, p.last_sentence,"
            " p.context FROM asked CROSS JOIN passages p JOIN contents c ON c.key = p.content"
            " WHERE p.content = asked.content AND p.ordinal = asked.ordinal",
            [number for key in keys for number in (key.content, key.ordinal)],
        )
        with rows_fit():
            return {
                PassageKey(*row[:2]): StoredPassage(PassageKey(*row[:2]), row[2], Span(*row[3:5]), *row[5:])
                for row in rows
            }

    def passage_keys(self) -> tuple[PassageKey, ...]:
        """Keys of all live passages, ascending."""
        rows = self._connection.execute("SELECT content, ordinal FROM passages ORDER BY content, ordinal")
        return tuple(PassageKey(*row) for row in rows)

    def pending(self) -> tuple[Pending, ...]:
        """What stands in the journal."""
        rows = self._connection.execute("SELECT content, passages FROM journal ORDER BY content")
        return tuple(Pending(*row) for row in rows)

    def matching(self, filters: Filters) -> tuple[int, ...] | None:
        """Content keys that pass `filters`, ascending; None where there is nothing to filter."""
        if not filters:
            return None
        where, values = conditions(filters, self._spellings(filters.sources))
        rows = self._connection.execute(
            f"SELECT DISTINCT content FROM documents WHERE {where} ORDER BY content",  # noqa: S608 - our own conditions
            values,
        )
        return tuple(row[0] for row in rows)

    def _spellings(self, sources: Sequence[str]) -> list[str]:
        """The sources there are that differ from the given ones in nothing but case, as Unicode folds it."""
        if not sources:
            return []
        wanted = {source.casefold() for source in sources}
        rows = self._connection.execute("SELECT DISTINCT source FROM documents")
        return [source for (source,) in rows if source.casefold() in wanted]

    def lexical(
        self, words: Sequence[str], weights: tuple[float, float], limit: int, contents: Sequence[int] | None
    ) -> list[tuple[PassageKey, float]]:
        """Passages by falling BM25 score, above 0.

        Args:
            words: any of which may occur, in any form; signs inside one ("u.s") make it a phrase.
            weights: of the title-and-heading column and of the text.
            limit: how many at most.
            contents: keys to which the search is confined; None for all.
        """
        rows = self._connection.search_words(words, weights, limit, contents)
        return [(PassageKey(content, ordinal), score) for content, ordinal, score in rows]

    def summaries(self, after: str = "", limit: int = EVERY) -> tuple[DocumentSummary, ...]:
        """Live documents by id, so many at most of those that follow an id."""
        rows = self._connection.execute(
            "SELECT d.id, d.title, d.source, d.media_type, d.published, c.version,"  # noqa: S608 - constant SQL
            " (SELECT count(*) FROM sentences s WHERE s.content = c.key),"
            f" (SELECT count(*) FROM passages p WHERE p.content = c.key), {NAMING}"
            " FROM documents d JOIN contents c ON c.key = d.content WHERE d.id > ? ORDER BY d.id LIMIT ?",
            (after, limit),
        )
        return tuple(_summary(*row) for row in rows)

    def count_documents(self) -> int:
        """How many documents there are; sentences and passages take longer to count."""
        return int(self._connection.execute("SELECT count(*) FROM documents").fetchone()[0])

    def counts(self) -> tuple[int, int, int]:
        """Numbers of documents, sentences and passages."""
        row = self._connection.execute(
            "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM sentences),"
            " (SELECT count(*) FROM passages)"
        ).fetchone()
        return row[0], row[1], row[2]

    def file(self, origin: str) -> FileRecord | None:
        """The file last ingested from that absolute path."""
        row = self._connection.execute(
            "SELECT origin, root, digest FROM files WHERE origin = ?", (origin,)
        ).fetchone()
        return None if row is None else FileRecord(*row)

    def files(self) -> tuple[FileRecord, ...]:
        """All ingested files."""
        rows = self._connection.execute("SELECT origin, root, digest FROM files ORDER BY origin")
        return tuple(FileRecord(*row) for row in rows)

    def origin_of(self, document_id: str) -> str | None:
        """Absolute path of the file a document came from; None if there is no such document."""
        row = self._connection.execute("SELECT origin FROM documents WHERE id = ?", (document_id,)).fetchone()
        return None if row is None else str(row[0])

    def documents_of(self, origin: str) -> tuple[str, ...]:
        """Ids of the documents that a file holds."""
        rows = self._connection.execute("SELECT id FROM documents WHERE origin = ? ORDER BY id", (origin,))
        return tuple(row[0] for row in rows)

    def title_of(self, content: int) -> str:
        """The title a stored text was embedded with."""
        row = self._connection.execute("SELECT title FROM contents WHERE key = ?", (content,)).fetchone()
        return str(row[0])

    def owners(self, content: int) -> tuple[str, ...]:
        """Ids of the documents that have a stored text."""
        rows = self._connection.execute("SELECT id FROM documents WHERE content = ? ORDER BY id", (content,))
        return tuple(row[0] for row in rows)

    def of_version(self, version: str) -> frozenset[str]:
        """Ids of the documents that have that very text."""
        rows = self._connection.execute(
            "SELECT d.id FROM contents c JOIN documents d ON d.content = c.key WHERE c.version = ?",
            (version,),
        )
        return frozenset(row[0] for row in rows)

    def unpurged(self) -> int:
        """How many texts were dropped, or begun and not finished, and may be left on disk in part."""
        return int(self._connection.execute("SELECT count(*) FROM journal").fetchone()[0])

    def holding(self, version: str) -> int | None:
        """Key of the live text of that version, if it is stored."""
        row = self._connection.execute(
            "SELECT min(key) FROM contents WHERE version = ?", (version,)
        ).fetchone()
        return None if row[0] is None else int(row[0])


def _document(row: tuple[str, str, str, str, str, str | None, str, str, str]) -> Document:
    id_, title, text, source, media_type, published, headings, page_starts, version = row
    document = Document(
        id=id_,
        title=title,
        text=text,
        source=source,
        media_type=media_type,
        published=_day(published),
        headings=tuple(Span(start, end) for start, end in json.loads(headings)),
        page_starts=tuple(json.loads(page_starts)),
    )
    if document.version != version:
        raise ValueError(f"the text of {id_!r} is not the one that was stored")
    return document


def _sentence(document: Document, ordinal: int, start: int, stop: int, is_heading: int) -> Sentence:
    span = Span(start, stop)
    return Sentence(document.id, ordinal, span, span.cut(document.text), bool(is_heading))


def _summary(
    id_: str,
    title: str,
    source: str,
    media_type: str,
    published: str | None,
    version: str,
    sentences: int,
    passages: int,
    first: str,
) -> DocumentSummary:
    same_as = None if first == id_ else first
    return DocumentSummary(
        id_, title, source, media_type, _day(published), version, sentences, passages, same_as
    )


def _day(published: str | None) -> dt.date | None:
    return None if published is None else dt.date.fromisoformat(published)
