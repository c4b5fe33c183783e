"""Changing the book of record: every method is one transaction, all of it or nothing."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ingest.copies import NO_COPIES, Copies
from ingest.documents import Document, embedded_text
from ingest.store.connection import Connection, Rows
from ingest.store.dropping import Dropping
from ingest.store.records import FileRecord, Pending, PreparedDocument
from ingest.store.snapshot import Snapshot

Run = Callable[..., Rows]  # `execute` of a connection inside a transaction


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
    """The write side of the store; whoever holds it holds the write lock.

    Args:
        connection: to the book of record.
        copies: told of every document that goes or changes.
    """

    def __init__(self, connection: Connection, copies: Copies = NO_COPIES) -> None:
        self._connection = connection
        self._copies = copies
        self.live = Snapshot(connection)  # outside a transaction it follows every change

    def set_meta(self, name: str, value: str) -> None:
        """Records a fact about the index itself."""
        with self._transaction() as run:
            _put(run, "meta", name=name, value=value)

    def clear(self) -> None:
        """Forgets every file and document in one step; keys and generations go on counting, its id stays."""
        with self._transaction() as run:
            run("INSERT INTO journal SELECT content, 'dropped', count(*) FROM passages GROUP BY content")
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
            counts = zip(keys, passage_counts, strict=True)
            self._connection.executemany("INSERT INTO journal VALUES (?, 'staged', ?)", counts)
        return keys

    def make_live(self, entries: Sequence[Entry]) -> None:
        """Shows these documents, each in place of its older version, in one step."""
        with self._dropping() as (run, dropping):
            replaced = {_content_of(run, entry.document.id) for entry in entries}
            dropping.note_replaced(entry.document.id for entry in entries)
            fresh = [(entry.content, entry.fresh) for entry in entries if entry.fresh]
            self._insert_contents(fresh)
            for entry in entries:
                _put_document(run, entry)
            self._connection.index_words(
                (content, passage) for content, prepared in fresh for passage in prepared.passages
            )
            # Only now: one entry's old text may be another one's new text.
            for content in replaced:
                _drop_orphans(run, dropping, content)
            passages = (passage for _, made in fresh for passage in made.passages)
            dropping.spare(embedded_text(passage.context, passage.text) for passage in passages)
            _bump_generation(run)

    def finish_file(self, file: FileRecord, document_ids: Iterable[str]) -> int:
        """Records a file as read, and drops documents it no longer holds; returns how many."""
        with self._dropping() as (run, dropping):
            held = run("SELECT id FROM documents WHERE origin = ?", (file.origin,)).fetchall()
            gone = {row[0] for row in held} - set(document_ids)
            _delete_documents(run, dropping, gone)
            _put(run, "files", origin=file.origin, root=file.root, digest=file.digest)
            if gone:
                _bump_generation(run)
        return len(gone)

    def remove(self, document_ids: Iterable[str]) -> None:
        """Drops documents; ingesting their files again brings them back."""
        with self._dropping() as (run, dropping):
            for document_id in document_ids:
                origin = run("SELECT origin FROM documents WHERE id = ?", (document_id,)).fetchone()
                _delete_documents(run, dropping, {document_id})
                # No digest matches an empty one: the next ingest reads the file again.
                run("UPDATE files SET digest = '' WHERE origin = ?", origin or ("",))
            _bump_generation(run)

    def forget_file(self, origin: str) -> int:
        """Drops a file with all its documents; returns how many they were."""
        with self._dropping() as (run, dropping):
            ids = {row[0] for row in run("SELECT id FROM documents WHERE origin = ?", (origin,)).fetchall()}
            _delete_documents(run, dropping, ids)
            run("DELETE FROM files WHERE origin = ?", (origin,))
            _bump_generation(run)
        return len(ids)

    def relocate(self, before: str, after: str) -> None:
        """Notes that a folder of files is now at another absolute path."""
        within = "substr(origin, 1, length(?1) + 1) = ?1 || '/'"
        moved = "origin = ?2 || substr(origin, length(?1) + 1)"
        root = "root = iif(root = ?1, ?2, root)"
        with self._transaction() as run:
            run(f"UPDATE documents SET {moved} WHERE {within}", (before, after))  # noqa: S608 - constant SQL
            run(f"UPDATE files SET {moved}, {root} WHERE {within}", (before, after))  # noqa: S608 - constant SQL

    def touch(self) -> None:
        """Grows the generation: readers open the vectors anew."""
        with self._transaction() as run:
            _bump_generation(run)

    def pending(self) -> tuple[Pending, ...]:
        """Content keys whose vectors nobody may see: staged by a killed process, or dropped."""
        return self.live.pending()

    def settle(self, pending: Iterable[Pending]) -> None:
        """Strikes keys from the journal, once nothing of them is left; readers open their vectors anew."""
        with self._transaction() as run:
            for item in pending:
                run("DELETE FROM journal WHERE content = ?", (item.content,))
            _bump_generation(run)

    def erase(self) -> None:
        """Leaves nothing of dropped texts in the file.

        Raises:
            IndexBusy: if somebody goes on reading them.
        """
        self._connection.erase()

    @contextmanager
    def _dropping(self) -> Iterator[tuple[Run, Dropping]]:
        """A transaction that takes out documents: who keeps copies is told before and after."""
        with self._transaction() as run:
            dropping = Dropping(run)
            yield run, dropping
            if dropped := dropping.dropped():
                self._copies.forget(dropped)
        if dropped:
            self._copies.forget(dropped)

    def _insert_contents(self, fresh: Sequence[tuple[int, PreparedDocument]]) -> None:
        """New texts by their keys; a statement for each table, since a server may be some way off."""
        many = self._connection.executemany
        many("DELETE FROM journal WHERE content = ?", [(key,) for key, _ in fresh])
        texts = [(key, made.document) for key, made in fresh]
        many(
            "INSERT INTO contents VALUES (?, ?, ?, ?)",
            [(key, text.version, text.title, text.text) for key, text in texts],
        )
        many(
            "INSERT INTO sentences VALUES (?, ?, ?, ?, ?)",
            [
                (key, s.ordinal, s.span.start, s.span.end, int(s.is_heading))
                for key, made in fresh
                for s in made.sentences
            ],
        )
        many(
            "INSERT INTO passages (content, ordinal, first_sentence, last_sentence, start, stop, context)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (key, p.ordinal, p.first_sentence, p.last_sentence, p.span.start, p.span.end, p.context)
                for key, made in fresh
                for p in made.passages
            ],
        )

    @contextmanager
    def _transaction(self) -> Iterator[Run]:
        self._connection.execute(self._connection.begin_writing)
        try:
            yield self._connection.execute
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _put_document(run: Run, entry: Entry) -> None:
    document = entry.document
    _put(
        run,
        "documents",
        id=document.id,
        content=entry.content,
        origin=entry.origin,
        title=document.title,
        source=document.source,
        media_type=document.media_type,
        published=document.published.isoformat() if document.published else None,
        page_starts=json.dumps(document.page_starts),
        headings=json.dumps([[span.start, span.end] for span in document.headings]),
    )


def _content_of(run: Run, document_id: str) -> int | None:
    row = run("SELECT content FROM documents WHERE id = ?", (document_id,)).fetchone()
    return None if row is None else int(row[0])


def _delete_documents(run: Run, dropping: Dropping, document_ids: Iterable[str]) -> None:
    for document_id in sorted(document_ids):
        content = _content_of(run, document_id)
        dropping.removed.add(document_id)
        run("DELETE FROM documents WHERE id = ?", (document_id,))
        _drop_orphans(run, dropping, content)


def _drop_orphans(run: Run, dropping: Dropping, content: int | None) -> None:
    """Deletes a text that no document names any more, and journals its vectors for the sweep."""
    if content is None or run("SELECT 1 FROM documents WHERE content = ? LIMIT 1", (content,)).fetchone():
        return
    dropping.note_text(content)
    count = run("SELECT count(*) FROM passages WHERE content = ?", (content,)).fetchone()[0]
    _put(run, "journal", content=content, state="dropped", passages=count)
    run("DELETE FROM lexical WHERE rowid IN (SELECT id FROM passages WHERE content = ?)", (content,))
    for table, column in (("passages", "content"), ("sentences", "content"), ("contents", "key")):
        run(f"DELETE FROM {table} WHERE {column} = ?", (content,))  # noqa: S608 - our own names


def _bump_generation(run: Run) -> None:
    grown = "CAST(CAST(value AS INTEGER) + 1 AS TEXT)"
    run(f"UPDATE meta SET value = {grown} WHERE name = 'generation'")  # noqa: S608 - constant SQL


def _put(run: Run, table: str, **row: object) -> None:
    """Inserts a row, in place of the one with the same key: its first column."""
    key, *others = row
    replacing = ", ".join(f"{name} = excluded.{name}" for name in others)
    run(
        f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' for _ in row)})"  # noqa: S608 - our own names
        f" ON CONFLICT ({key}) DO UPDATE SET {replacing}",
        tuple(row.values()),
    )
