"""Making the book of record anew from what can be read of a damaged one.

The new book grows beside the old one, which is then moved away whole and never deleted. A process that is
killed leaves the old book, or no book and a finished new one: whoever goes on knows from that which.
"""

import json
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from itertools import groupby
from pathlib import Path

from ingest.documents import Document
from ingest.embedding import Embedder
from ingest.fingerprint import META, Fingerprint, check_fingerprint
from ingest.passages import gather_passages
from ingest.sentences import split_sentences
from ingest.store import INDEX_ID, Entry, FileRecord, PreparedDocument, Writing
from ingest.store.sqlite import LAYOUT, SqliteConnection, SqliteStore, connect
from ingest.upkeep.databases import discard, is_cut_off, new_beside, put_in_place
from ingest.upkeep.findings import Outcome, counted
from ingest.upkeep.remains import UNREAD, Place, Remains, Unfit, open_remains
from ingest.vectors import new_index_id

LOST = "lost"  # fact about the index: JSON, ids of documents a repair could not read, with their files


def remake_book(
    store: SqliteStore, embedder: Embedder, fingerprint: Fingerprint, aside: Path, *, reread: bool
) -> Outcome:
    """Puts a new book with all that can be read in the place of the damaged one, if there is one.

    Args:
        store: the damaged one; nobody else may be writing.
        embedder: counts tokens where a text has to be cut anew; nothing is embedded.
        fingerprint: of the settings; the index has to be of the same.
        aside: folder to which the damaged book is moved.
        reread: whether files are noted as to be read again, since documents may be gone without a trace.

    Raises:
        IndexMismatch: if the index was built with other settings.
    """
    told = Outcome(("a repair that had been cut off was gone on with",))
    if not is_cut_off(store.path):
        new = new_beside(store.path)
        discard(new)
        told = _Salvage(new, embedder, fingerprint, reread=reread).take_over(store.path)
    moved = put_in_place(store.path, aside)
    return told + Outcome((f"the damaged book was moved to {moved}",) if moved else ())


class _Salvage:
    """Fills one new book."""

    def __init__(self, new: Path, embedder: Embedder, fingerprint: Fingerprint, *, reread: bool) -> None:
        self._new = new
        self._embedder = embedder
        self._fingerprint = fingerprint
        self._reread = reread
        self._saved: dict[str, list[str]] = {}  # ids by file
        self._lost: dict[str, str] = {}  # file by id

    def take_over(self, damaged: Path) -> Outcome:
        """Takes what can be read; a file that is not there holds nothing."""
        with closing(connect(self._new, create=True)) as connection:
            connection.execute(
                "PRAGMA synchronous = OFF"
            )  # it is nobody's until it is done, and flushed then
            LAYOUT.lay_out(connection)
            writing = Writing(SqliteConnection(connection))
            try:
                with open_remains(damaged) as remains:
                    self._take(writing, remains)
                told = Outcome(
                    (f"{counted(writing.live.count_documents(), 'document')} read from the damaged book",)
                )
            except sqlite3.DatabaseError as error:
                _give_facts(writing, {}, 0)
                told = Outcome(
                    lost=(
                        f"what stood in {damaged}, as it cannot be read ({error}): name your files to"
                        " have them read again, as in `pincite doctor --repair PATH…`",
                    )
                )
            connection.execute("PRAGMA journal_mode = DELETE")  # all of it in one file, to be moved
        return told

    def _take(self, writing: Writing, remains: Remains) -> None:
        facts = remains.meta()
        places = sorted(remains.places(), key=lambda place: place.content)
        _give_facts(writing, facts, places[-1].content if places else 0)
        check_fingerprint(writing.live, self._fingerprint)
        for content, sharing in groupby(places, key=lambda place: place.content):
            self._take_text(writing, remains, content, tuple(sharing))
        self._take_files(writing, remains)
        writing.set_meta(LOST, json.dumps(self._lost))

    def _take_text(self, writing: Writing, remains: Remains, content: int, places: tuple[Place, ...]) -> None:
        """Makes all readable documents with one text live."""
        readable = []
        for place in places:
            try:
                readable.append((place, remains.document(place.id)))
                self._saved.setdefault(place.origin, []).append(place.id)
            except Unfit:
                self._lost[place.id] = place.origin
        if not readable:
            return
        _, first = readable[0]
        try:
            key, fresh = content, remains.prepared(content, first)
        except Unfit:
            fresh = self._cut_anew(first)
            (key,) = writing.reserve([len(fresh.passages)])
        writing.make_live(
            [
                Entry(document, key, place.origin, None if number else fresh)
                for number, (place, document) in enumerate(readable)
            ]
        )

    def _cut_anew(self, document: Document) -> PreparedDocument:
        sentences = split_sentences(document)
        budget = self._fingerprint.passage_tokens
        passages = gather_passages(document, sentences, budget, self._embedder.count_tokens)
        return PreparedDocument(document, sentences, passages)

    def _take_files(self, writing: Writing, remains: Remains) -> None:
        known = {file.origin: file for file in remains.files()}
        lossy = set(self._lost.values())
        for origin in sorted({*known, *self._saved, *lossy} - {""}):
            file = known.get(origin) or FileRecord(origin, self._root_of(origin), UNREAD)
            doubtful = origin in lossy or (self._reread and file.digest and Path(origin).exists())
            digest = UNREAD if doubtful else file.digest
            writing.finish_file(FileRecord(origin, file.root, digest), self._saved.get(origin, ()))

    def _root_of(self, origin: str) -> str:
        """The folder that the ids of a file's documents are relative to, as far as one can tell."""
        ids = (*self._saved.get(origin, ()), *(id_ for id_, file in self._lost.items() if file == origin))
        fitting = [id_ for id_ in ids if origin.endswith("/" + id_)]
        return origin.removesuffix("/" + fitting[0]) or "/" if fitting else str(Path(origin).parent)


def _give_facts(writing: Writing, facts: Mapping[str, str], last_content: int) -> None:
    """Takes over what names the index; it goes on counting where the damaged one stopped, or above that."""
    for name in (META, INDEX_ID):
        if name in facts:
            writing.set_meta(name, facts[name])
    if not facts:  # whose the vectors are cannot be known any more
        writing.set_meta(INDEX_ID, new_index_id())
    generation = _number(facts, "generation") + 1
    writing.set_meta("generation", str(generation))
    writing.set_meta("next_content", str(max(_number(facts, "next_content"), last_content + 1)))


def _number(facts: Mapping[str, str], name: str) -> int:
    """A number of the damaged book, or one that it cannot have come to."""
    told = facts.get(name, "")
    return int(told) if told.isdecimal() else int(time.time())
