"""Drafts that are kept."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from qa.draft_cache import FILE, DraftCache, KeptDraft, key_of
from qa.drafts import Statement

DRAFT = KeptDraft((Statement("Japan pledged.", ("S1", "S2")), Statement("Korea did.", ())), 10, None)


def test_what_is_kept_comes_back_and_lasts(tmp_path: Path) -> None:
    DraftCache(tmp_path, 10).put("a", DRAFT)
    assert DraftCache(tmp_path, 10).get("a") == DRAFT
    assert DraftCache(tmp_path, 10).get("b") is None


def test_what_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    cache = DraftCache(tmp_path, 2)
    cache.put("a", DRAFT)
    cache.put("b", DRAFT)
    assert cache.get("a")
    cache.put("c", DRAFT)
    assert [key for key in "abc" if cache.get(key)] == ["a", "c"]


def test_none_are_kept_where_none_may_be(tmp_path: Path) -> None:
    DraftCache(tmp_path, 0).put("a", DRAFT)
    assert not (tmp_path / FILE).exists()
    assert DraftCache(tmp_path, 0).get("a") is None


def test_a_draft_knows_the_documents_it_was_made_from(tmp_path: Path) -> None:
    cache = DraftCache(tmp_path, 1)
    cache.put("a", KeptDraft(DRAFT.statements, 1, 1, frozenset({("x.md", "1"), ("y.md", "1")})))
    cache.put("b", KeptDraft(DRAFT.statements, 1, 1, frozenset({("z.md", "1")})))
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT * FROM shown").fetchall() == [("b", "z.md")]
    connection.close()


def test_a_damaged_file_costs_no_answer_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    cache = DraftCache(tmp_path, 10)
    with caplog.at_level(logging.WARNING):
        cache.put("a", DRAFT)
        assert cache.get("a") is None
    assert FILE in caplog.text


def test_a_key_names_the_generator_and_all_it_was_told() -> None:
    keys = {
        key_of(generator, [("system", "s"), ("human", text)])
        for generator in ("a", "b")
        for text in ("x", "y")
    }
    assert len(keys) == 4


def test_a_draft_made_after_the_clock_was_set_back_is_not_the_first_to_go(tmp_path: Path) -> None:
    cache = DraftCache(tmp_path, 2)
    for key in ("old", "older"):
        cache.put(key, DRAFT)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE drafts SET used = used + 31536000")
    cache.put("new", DRAFT)
    cache.put("newer", DRAFT)
    assert cache.get("new") is not None
    assert cache.get("newer") is not None
