"""The lexical list costs no more than is affordable, and says what plain BM25 says of what it finds."""

import sqlite3
from collections.abc import Iterator

import pytest

from ingest.store import lexical
from ingest.store.lexical import best_passages
from ingest.store.records import PassageKey

WORDS = ('"common"', '"frequent"', '"rare"', '"scarce"', '"absent"')
WEIGHTS = (2.0, 1.0)
PASSAGES = 400


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """A book whose passages hold words as often as they are called; two passages a text."""
    monkeypatch.setattr(lexical, "ENOUGH", 5)
    book = sqlite3.connect(":memory:")
    book.execute('CREATE VIRTUAL TABLE lexical USING fts5 (context, text, tokenize = "porter unicode61")')
    book.execute("CREATE TABLE passages (id INTEGER PRIMARY KEY, content INTEGER, ordinal INTEGER)")
    for id_ in range(1, PASSAGES + 1):
        held = [
            word
            for word, every in (("common", 2), ("frequent", 3), ("rare", 50), ("scarce", 80))
            if id_ % every == 0
        ]
        text = " ".join([*held, *["filling"] * (id_ % 7)])
        book.execute("INSERT INTO lexical (rowid, context, text) VALUES (?, 'title', ?)", (id_, text))
        book.execute("INSERT INTO passages VALUES (?, ?, ?)", (id_, (id_ - 1) // 2, (id_ - 1) % 2))
    yield book
    book.close()


def all_of_them(connection: sqlite3.Connection) -> dict[PassageKey, float]:
    return dict(best_passages(connection, WORDS, WEIGHTS, PASSAGES, None, affordable=10**6))


def test_what_is_affordable_is_plain_bm25(connection: sqlite3.Connection) -> None:
    plain = connection.execute(
        "SELECT rowid, -bm25(lexical, 2.0, 1.0) AS score FROM lexical WHERE lexical MATCH ?"
        " ORDER BY score DESC, rowid LIMIT 20",
        (" OR ".join(WORDS),),
    ).fetchall()
    found = best_passages(connection, WORDS, WEIGHTS, 20, None, affordable=10**6)
    assert found == [(PassageKey((id_ - 1) // 2, (id_ - 1) % 2), score) for id_, score in plain]


def test_common_words_find_nothing_by_themselves_but_count_for_what_rare_ones_find(
    connection: sqlite3.Connection,
) -> None:
    found = best_passages(connection, WORDS, WEIGHTS, PASSAGES, None, affordable=20)
    ids = {2 * key.content + key.ordinal + 1 for key, _ in found}
    assert ids == {id_ for id_ in range(1, PASSAGES + 1) if id_ % 50 == 0 or id_ % 80 == 0}
    plain = all_of_them(connection)
    assert dict(found) == pytest.approx({key: plain[key] for key, _ in found})
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_where_all_words_are_common_the_rarest_one_finds(connection: sqlite3.Connection) -> None:
    found = best_passages(connection, WORDS[:2], WEIGHTS, PASSAGES, None, affordable=20)
    ids = {2 * key.content + key.ordinal + 1 for key, _ in found}
    assert ids == set(range(3, PASSAGES + 1, 3))


def test_texts_that_hold_no_rare_word_are_found_by_common_ones_when_the_search_is_confined_to_them(
    connection: sqlite3.Connection,
) -> None:
    found = best_passages(connection, WORDS, WEIGHTS, 10, [0, 1, 2], affordable=20)
    assert {key.content for key, _ in found} == {0, 1, 2}
    plain = all_of_them(connection)
    assert dict(found) == pytest.approx({key: plain[key] for key, _ in found})


def test_words_that_nobody_wrote_find_nothing(connection: sqlite3.Connection) -> None:
    assert best_passages(connection, WORDS[4:], WEIGHTS, 10, None) == []
