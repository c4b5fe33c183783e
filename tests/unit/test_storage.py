"""A machine that does not let files be opened or written is told from a file that is damaged."""

import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import StorageUnavailable
from ingest.index import ChromaIndex
from ingest.storage import check_standing, is_locked, storage_failure, storage_told, want_of
from ingest.store import PassageKey


def fill(folder: Path) -> None:
    """Writes until SQLite has no room left."""
    with closing(sqlite3.connect(folder / "a.sqlite3")) as connection:
        connection.execute("PRAGMA max_page_count = 4")
        connection.execute("CREATE TABLE t (x)")
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")


def write_read_only(folder: Path) -> None:
    (folder / "b.sqlite3").touch()
    with closing(sqlite3.connect(f"file:{folder / 'b.sqlite3'}?mode=ro", uri=True)) as connection:
        connection.execute("CREATE TABLE t (x)")


def open_nowhere(folder: Path) -> None:
    sqlite3.connect(folder / "nowhere" / "c.sqlite3")


def write_to_full(folder: Path) -> None:
    with Path("/dev/full").open("w") as file:
        file.write("x")


def read_damaged(folder: Path) -> None:
    (folder / "d.sqlite3").write_bytes(b"no database of anybody's" * 100)
    with closing(sqlite3.connect(folder / "d.sqlite3")) as connection:
        connection.execute("SELECT * FROM t")


@pytest.mark.parametrize(
    ("do", "told"),
    [
        (fill, "there is no room left .* make room on that disk"),
        (write_read_only, "cannot be written .* make the folder readable and writable"),
        (open_nowhere, "cannot be opened .* look whether its disk is full"),
        pytest.param(
            write_to_full,
            "there is no room left",
            marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full"),
        ),
    ],
)
def test_the_machine_is_named_with_what_to_do(do: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match=told), storage_told("the thing"):
        do(tmp_path)


def test_damage_is_left_to_whoever_knows_it(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.DatabaseError), storage_told("the thing"):
        read_damaged(tmp_path)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Database error: (code: 13) database or disk is full", "no room left"),
        ("error returned from database: (code: 1032) attempt to write", "cannot be written"),
        ("Too many open files (os error 24)", "ulimit -n"),
        ("called `Result::unwrap()` on an `Err` value: Os { code: 24, kind: Uncategorized }", "ulimit -n"),
    ],
)
def test_what_libraries_tell_in_words_is_understood(said: str, told: str) -> None:
    failure = storage_failure(RuntimeError(said), "the folder")
    assert told in str(failure)
    assert str(failure).startswith("the folder: ")
    assert storage_failure(RuntimeError("something else"), "the folder") is None


def test_a_lock_is_waited_for_and_no_damage() -> None:
    locked = RuntimeError("Database error: error returned from database: (code: 5) database is locked")
    assert is_locked(locked)
    assert storage_failure(locked, "the folder") is None
    assert not is_locked(RuntimeError("(code: 13) database or disk is full"))


def test_a_folder_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    check_standing(tmp_path)
    with pytest.raises(StorageUnavailable, match="put it back where it was"):
        check_standing(tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


@contextmanager
def handles_left(number: int) -> Iterator[None]:
    """This process may open so many files more, or fewer."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + number, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_an_error_that_does_not_say_why_is_the_want_of_handles_where_there_is_one(tmp_path: Path) -> None:
    unsaid = RuntimeError("Failed to get segments")
    vague = RuntimeError("(code: 14) unable to open database file")
    with handles_left(8):
        assert "ulimit -n" in str(want_of(unsaid, tmp_path))
        assert "ulimit -n" in str(storage_failure(vague, tmp_path))
    assert want_of(unsaid, tmp_path) is None
    assert "look whether its disk is full" in str(storage_failure(vague, tmp_path))


def test_vectors_that_cannot_be_opened_for_want_of_handles_are_not_called_damaged(tmp_path: Path) -> None:
    vectors, keys = ChromaIndex(tmp_path / "chroma"), [PassageKey(1, 0)]
    one = np.ones((1, 4), dtype=np.float32) / 2
    vectors.upsert(keys, one)
    refused = []
    for number in range(1, 16):
        vectors.close()
        with handles_left(number):
            try:
                vectors.upsert(keys, one)
                vectors.nearest(one[0], 1, None, 0)
            except StorageUnavailable as failure:
                refused.append(str(failure))
    assert refused
    assert [told for told in refused if "ulimit -n" not in told] == []
    assert vectors.count() == 1
    vectors.close()
