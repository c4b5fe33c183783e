"""What the book of record promises: live documents are whole, and the journal knows the rest."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from ingest.documents import Document
from ingest.errors import DocumentNotFound, IndexBusy, IndexCorrupt, IndexMissing
from ingest.passages import gather_passages
from ingest.postgres import Database
from ingest.sentences import split_sentences
from ingest.store import EVERYTHING, Entry, FileRecord, Filters, PassageKey, Pending, PreparedDocument, Store
from ingest.store.postgres import PostgresStore
from ingest.store.sqlite import SqliteStore, connect


def document(id_: str = "a.txt", text: str = "One fact. Another fact.", **fields: object) -> Document:
    return Document(id=id_, title="Title", text=text, **fields)  # type: ignore[arg-type]


def prepared(doc: Document) -> PreparedDocument:
    sentences = split_sentences(doc)
    passages = gather_passages(doc, sentences, 100, lambda texts: tuple(len(t.split()) for t in texts))
    return PreparedDocument(doc, sentences, passages)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A store on one engine, and what its engine calls a row that points at none."""

    open: Callable[[], Store]
    broken: type[Exception]


def put(store: Store, *documents: Document) -> tuple[int, ...]:
    with store.writing() as writing:
        fresh = [prepared(doc) for doc in documents]
        keys = writing.reserve([len(item.passages) for item in fresh])
        writing.make_live(
            [
                Entry(item.document, key, f"/{item.document.id}", item)
                for key, item in zip(keys, fresh, strict=True)
            ]
        )
    return keys


@pytest.fixture(params=["sqlite", "postgres"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    folder = tmp_path / "index"
    if request.param == "sqlite":
        return Shelf(lambda: SqliteStore(folder), sqlite3.IntegrityError)
    address = SecretStr(request.getfixturevalue("postgres"))
    return Shelf(lambda: PostgresStore(folder, Database(address)), psycopg.IntegrityError)


@pytest.fixture
def store(shelf: Shelf) -> Store:
    return shelf.open()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "index")


def test_a_missing_index_is_said_to_be_missing_and_not_created(store: Store) -> None:
    with pytest.raises(IndexMissing, match="pincite ingest"), store.reading():
        pass
    assert not store.folder.exists()


def test_a_file_that_is_no_index_is_refused(sqlite_store: SqliteStore) -> None:
    sqlite_store.folder.mkdir()
    (sqlite_store.folder / "pincite.sqlite3").write_bytes(b"not a database, surely not" * 100)
    with (
        pytest.raises(IndexCorrupt, match=r"not a Pincite index.*pincite doctor --repair"),
        sqlite_store.reading(),
    ):
        pass


def test_an_index_of_another_layout_is_refused(sqlite_store: SqliteStore) -> None:
    put(sqlite_store, document())
    connection = sqlite3.connect(sqlite_store.folder / "pincite.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(IndexCorrupt, match=r"layout 99.*update"), sqlite_store.reading():
        pass


def test_only_one_writes_at_a_time(shelf: Shelf) -> None:
    store = shelf.open()
    with store.writing():
        assert store.is_being_written()
        with pytest.raises(IndexBusy, match="try again"), shelf.open().writing():
            pass
    assert not store.is_being_written()


def test_a_live_document_comes_back_as_it_was(store: Store) -> None:
    doc = document(published=dt.date(2025, 10, 28), source="Gazette", page_starts=(0, 10))
    put(store, doc)
    with store.reading() as live:
        assert live.document("a.txt") == doc
        assert live.sentences(doc) == split_sentences(doc)
        assert live.sentences(doc, 1, 1) == split_sentences(doc)[1:2]
        assert live.counts() == (1, 2, 1)
        with pytest.raises(DocumentNotFound, match=r"b\.txt"):
            live.document("b.txt")


def test_a_snapshot_does_not_see_what_is_written_meanwhile(store: Store) -> None:
    put(store, document())
    with store.reading() as live:
        before = live.generation()
        put(store, document(text="New text."))
        assert live.generation() == before
        assert live.document("a.txt").text == "One fact. Another fact."
    with store.reading() as live:
        assert live.generation() > before
        assert live.document("a.txt").text == "New text."


def test_a_replaced_text_leaves_nothing_but_its_line_in_the_journal(store: Store) -> None:
    (old,) = put(store, document())
    put(store, document(text="New text."))
    with store.reading() as live:
        assert live.passages([PassageKey(old, 0)]) == {}
        assert live.lexical(["fact"], (1.0, 1.0), 10, None) == []
        assert live.counts() == (1, 1, 1)
    with store.writing() as writing:
        assert writing.pending() == (Pending(old, 1),)
        writing.settle(writing.pending())
        assert writing.pending() == ()


def test_reserved_keys_are_pending_until_live_and_never_used_twice(store: Store) -> None:
    with store.writing() as writing:
        first = writing.reserve([3])
        assert writing.pending() == (Pending(first[0], 3),)
        writing.settle(writing.pending())
        assert writing.reserve([1]) != first


def test_a_failing_transaction_changes_nothing(shelf: Shelf) -> None:
    store = shelf.open()
    put(store, document())
    with store.writing() as writing:
        broken = Entry(document("b.txt", "Other."), 99, "/b.txt", None)
        good = prepared(document("c.txt", "Third."))
        (key,) = writing.reserve([1])
        with pytest.raises(shelf.broken):
            writing.make_live([Entry(good.document, key, "/c.txt", good), broken])
    with store.reading() as live:
        assert [summary.id for summary in live.summaries()] == ["a.txt"]


def test_the_same_text_is_stored_once_under_both_its_places(store: Store) -> None:
    (key,) = put(store, document())
    with store.writing() as writing:
        writing.make_live([Entry(document("b.txt"), key, "/b.txt", None)])
    with store.reading() as live:
        assert live.counts() == (2, 2, 1)
        assert live.places("b.txt") == ("a.txt", "b.txt")
        assert [(s.id, s.same_as) for s in live.summaries()] == [("a.txt", None), ("b.txt", "a.txt")]
    with store.writing() as writing:
        writing.remove(["a.txt"])
        assert writing.pending() == ()
    with store.reading() as live:
        (stored,) = live.passages([PassageKey(key, 0)]).values()
        assert stored.document_id == "b.txt"


def test_an_entry_may_take_over_the_text_another_one_gives_up(store: Store) -> None:
    (key,) = put(store, document("a.txt", "Old text."))
    with store.writing() as writing:
        fresh = prepared(document("a.txt", "New text."))
        (new,) = writing.reserve([1])
        writing.make_live(
            [
                Entry(fresh.document, new, "/a.txt", fresh),
                Entry(document("b.txt", "Old text."), key, "/b.txt", None),
            ]
        )
    with store.reading() as live:
        assert live.document("b.txt").text == "Old text."
        assert live.document("a.txt").text == "New text."


def test_a_finished_file_gives_up_documents_it_no_longer_holds(store: Store) -> None:
    put(store, document("a"), document("b", "Other text."))
    with store.writing() as writing:
        writing.make_live([])
        file = FileRecord("/a", "/", "digest")
        assert writing.finish_file(file, ["a"]) == 0
        assert writing.live.file("/a") == file
        assert writing.finish_file(file, []) == 1
    with store.reading() as live:
        assert [summary.id for summary in live.summaries()] == ["b"]


FILTERED = [
    (EVERYTHING, None),
    (Filters(documents=("a.txt",)), {"a.txt"}),
    (Filters(documents=("n/*",)), {"n/[1].txt"}),
    (Filters(documents=("n/[1].txt",)), {"n/[1].txt"}),
    (Filters(sources=("GAZETTE",)), {"a.txt"}),
    (Filters(published_from=dt.date(2025, 2, 1)), {"n/[1].txt"}),
    (Filters(published_to=dt.date(2025, 1, 1)), {"a.txt"}),
    (Filters(documents=("a.txt",), sources=("nobody",)), set()),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERED)
def test_filters_confine_what_is_found(store: Store, filters: Filters, expected: set[str] | None) -> None:
    put(
        store,
        document("a.txt", "First text.", source="Gazette", published=dt.date(2025, 1, 1)),
        document("n/[1].txt", "Second text.", published=dt.date(2025, 2, 1)),
        document("undated.txt", "Third text."),
    )
    with store.reading() as live:
        keys = live.matching(filters)
        if expected is None:
            assert keys is None
        else:
            assert keys == tuple(sorted(live.content_key(id_) or 0 for id_ in expected))
            found = live.lexical(["text"], (1.0, 1.0), 10, keys)
            assert {key.content for key, _ in found} == set(keys)


def test_lexical_search_stems_and_prefers_the_denser_passage(store: Store) -> None:
    keys = put(
        store,
        document("a", "Exports of cars, cars and more cars."),
        document("b", "A car was seen among many other things on a long and busy day in town."),
        document("c", "Nothing of the kind."),
    )
    with store.reading() as live:
        found = live.lexical(["cars"], (1.0, 1.0), 10, None)
    assert [key.content for key, _ in found] == list(keys[:2])
    assert found[0][1] > found[1][1] > 0


def test_a_search_confined_to_few_texts_finds_their_words_however_common(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.store.bm25.MOST", 1)  # as in a large index
    keys = put(store, document("a", "The rare word."), *[document(f"b{n}", f"Common {n}.") for n in range(9)])
    words, weights = ["rare", "common"], (1.0, 1.0)
    with store.reading() as live:
        assert [key.content for key, _ in live.lexical(words, weights, 1, None)] == [keys[0]]
        assert len(live.lexical(words, weights, 10, None)) == 10
        assert [key.content for key, _ in live.lexical(words, weights, 10, keys[1:2])] == [keys[1]]
        assert [key.content for key, _ in live.lexical(words, weights, 1, keys[1:2])] == [keys[1]]


def test_abbreviations_accents_and_foreign_words_are_found(store: Store) -> None:
    texts = {
        "a": "The U.S. signed it.",
        "b": "S. comes before U. in no alphabet.",
        "c": "Émile Zola wrote it in 1898.",
        "d": "Путин и Ωμέγα.",
        "e": "2,500 people, covid-19 and the user_name of ann@example.org.",
    }
    keys = dict(zip(texts, put(store, *[document(id_, text) for id_, text in texts.items()]), strict=True))
    asked = {"u.s": "a", "emile": "c", "путин": "d", "ωμέγα": "d", "2.500": "e", "19": "e", "example": "e"}
    with store.reading() as live:
        for word, expected in asked.items():
            found = [key.content for key, _ in live.lexical([word], (1.0, 1.0), 10, None)]
            assert found == [keys[expected]], word


def test_the_store_is_in_wal_mode(sqlite_store: SqliteStore) -> None:
    put(sqlite_store, document())
    connection = connect(sqlite_store.folder / "pincite.sqlite3")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
