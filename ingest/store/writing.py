"""Changing the book of record: every method is one transaction, all of it or nothing."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ingest.documents import Document
from ingest.store.records import FileRecord, Pending, PreparedDocument
from ingest.store.snapshot import Snapshot

Run = Callable[..., sqlite3.Cursor]  # `execute` of a connection inside a transaction


@dataclass(frozen=True, slots=True)
class Entry:
    """A document about to become live.

    Attributes:
        document: what is stored.
        content: key of its text.
        origin: absolute path of the file it came from.
        fresh: its sentences and passages, where the text is new; None where it is stored already.
    """

    document: Document
    content: int
    origin: str
    fresh: PreparedDocument | None


class Writing:
    """The write side of the store; whoever holds it holds the write lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.live = Snapshot(connection)  # outside a transaction it follows every change

    def set_meta(self, name: str, value: str) -> None:
        """Records a fact about the index itself."""
        with self._transaction() as run:
            run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def clear(self) -> None:
        """Forgets every file and document in one step; keys and generations go on counting, its id stays."""
        with self._transaction() as run:
            for table in ("documents", "files", "lexical", "passages", "sentences", "contents"):
                run(f"DELETE FROM {table}")  # noqa: S608 - our own names
            run("DELETE FROM meta WHERE name NOT IN ('generation', 'next_content', 'index')")
            _bump_generation(run)

    def reserve(self, passage_counts: Sequence[int]) -> tuple[int, ...]:
        """New content keys, journalled as staged before any vector is written under them."""
        with self._transaction() as run:
            row = run("SELECT value FROM meta WHERE name = 'next_content'").fetchone()
            keys = tuple(range(int(row[0]), int(row[0]) + len(passage_counts)))
            run("UPDATE meta SET value = ? WHERE name = 'next_content'", (str(int(row[0]) + len(keys)),))
            for key, passages in zip(keys, passage_counts, strict=True):
                run("INSERT INTO journal VALUES (?, 'staged', ?)", (key, passages))
        return keys

    def make_live(self, entries: Sequence[Entry]) -> None:
        """Shows these documents, each in place of its older version, in one step."""
        with self._transaction() as run:
            replaced = {_content_of(run, entry.document.id) for entry in entries}
            for entry in entries:
                if entry.fresh is not None:
                    _insert_content(run, entry.content, entry.fresh)
                _upsert_document(run, entry)
            # Only now: one entry's old text may be another one's new text.
            for content in replaced:
                _drop_orphans(run, content)
            _bump_generation(run)

    def finish_file(self, file: FileRecord, document_ids: Iterable[str]) -> int:
        """Records a file as read, and drops documents it no longer holds; returns how many."""
        with self._transaction() as run:
            held = run("SELECT id FROM documents WHERE origin = ?", (file.origin,)).fetchall()
            gone = {row[0] for row in held} - set(document_ids)
            _delete_documents(run, gone)
            run(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?)",
                (file.origin, file.root, file.digest),
            )
            if gone:
                _bump_generation(run)
        return len(gone)

    def remove(self, document_ids: Iterable[str]) -> None:
        """Drops documents; ingesting their files again brings them back."""
        with self._transaction() as run:
            for document_id in document_ids:
                origin = run("SELECT origin FROM documents WHERE id = ?", (document_id,)).fetchone()
                _delete_documents(run, {document_id})
                # No digest matches an empty one: the next ingest reads the file again.
                run("UPDATE files SET digest = '' WHERE origin = ?", origin or ("",))
            _bump_generation(run)

    def forget_file(self, origin: str) -> int:
        """Drops a file with all its documents; returns how many they were."""
        with self._transaction() as run:
            ids = {row[0] for row in run("SELECT id FROM documents WHERE origin = ?", (origin,)).fetchall()}
            _delete_documents(run, ids)
            run("DELETE FROM files WHERE origin = ?", (origin,))
            _bump_generation(run)
        return len(ids)

    def touch(self) -> None:
        """Grows the generation: readers open the vectors anew."""
        with self._transaction() as run:
            _bump_generation(run)

    def pending(self) -> tuple[Pending, ...]:
        """Content keys whose vectors nobody may see: staged by a killed process, or dropped."""
        return self.live.pending()

    def settle(self, pending: Iterable[Pending]) -> None:
        """Strikes keys from the journal, once their vectors are gone."""
        with self._transaction() as run:
            for item in pending:
                run("DELETE FROM journal WHERE content = ?", (item.content,))

    @contextmanager
    def _transaction(self) -> Iterator[Run]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection.execute
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _insert_content(run: Run, key: int, fresh: PreparedDocument) -> None:
    document = fresh.document
    run("DELETE FROM journal WHERE content = ?", (key,))
    run("INSERT INTO contents VALUES (?, ?, ?, ?)", (key, document.version, document.title, document.text))
    for sentence in fresh.sentences:
        span = sentence.span
        run(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
            (key, sentence.ordinal, span.start, span.end, sentence.is_heading),
        )
    for passage in fresh.passages:
        cursor = run(
            "INSERT INTO passages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (
                key,
                passage.ordinal,
                passage.first_sentence,
                passage.last_sentence,
                passage.span.start,
                passage.span.end,
                passage.context,
            ),
        )
        run(
            "INSERT INTO lexical (rowid, context, text) VALUES (?, ?, ?)",
            (cursor.lastrowid, passage.context, passage.text),
        )


def _upsert_document(run: Run, entry: Entry) -> None:
    document = entry.document
    published = document.published.isoformat() if document.published else None
    headings = json.dumps([[span.start, span.end] for span in document.headings])
    run(
        "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.id,
            entry.content,
            entry.origin,
            document.title,
            document.source,
            document.media_type,
            published,
            json.dumps(document.page_starts),
            headings,
        ),
    )


def _content_of(run: Run, document_id: str) -> int | None:
    row = run("SELECT content FROM documents WHERE id = ?", (document_id,)).fetchone()
    return None if row is None else int(row[0])


def _delete_documents(run: Run, document_ids: Iterable[str]) -> None:
    for document_id in sorted(document_ids):
        content = _content_of(run, document_id)
        run("DELETE FROM documents WHERE id = ?", (document_id,))
        _drop_orphans(run, content)


def _drop_orphans(run: Run, content: int | None) -> None:
    """Deletes a text that no document names any more, and journals its vectors for the sweep."""
    if content is None or run("SELECT 1 FROM documents WHERE content = ? LIMIT 1", (content,)).fetchone():
        return
    count = run("SELECT count(*) FROM passages WHERE content = ?", (content,)).fetchone()[0]
    run("INSERT OR REPLACE INTO journal VALUES (?, 'dropped', ?)", (content, count))
    run("DELETE FROM lexical WHERE rowid IN (SELECT id FROM passages WHERE content = ?)", (content,))
    for table, column in (("passages", "content"), ("sentences", "content"), ("contents", "key")):
        run(f"DELETE FROM {table} WHERE {column} = ?", (content,))  # noqa: S608 - our own names


def _bump_generation(run: Run) -> None:
    run("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")
