"""What was embedded once is not embedded again, whoever asks, whatever happened in between."""

import hashlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from ingest.embedding import cached
from ingest.embedding.cached import FILE_NAME, CachedEmbedder
from ingest.errors import IndexBusy, ModelUnavailable
from tests.fakes import CountedEmbedder, HashEmbedder
from tests.unit.dying_cache import PARTS

TEXTS = ("A cat sat.", "Größe 東京 😀", "", "Rates rose.")
POINTS = 12


class OtherEmbedder(CountedEmbedder):
    """Another model: another fingerprint, other vectors."""

    fingerprint = "other/v1"

    def _place(self, word: str) -> int:
        return super()._place(word + "'")


class ShortEmbedder(HashEmbedder):
    """Says it is the same model, and makes shorter vectors."""

    dimensions = 128


@pytest.fixture
def inner() -> CountedEmbedder:
    return CountedEmbedder()


@pytest.fixture
def embedder(inner: CountedEmbedder, tmp_path: Path) -> CachedEmbedder:
    return CachedEmbedder(inner, tmp_path / "kept")


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection, connection:
        yield connection


def start(folder: Path, fatal: int = 0) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.unit.dying_cache", str(folder), str(fatal)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def expected_digest() -> str:
    vectors = [HashEmbedder().embed_passages(part).tobytes() for part in PARTS]
    return hashlib.sha256(b"".join(vectors)).hexdigest()


def test_a_second_embedding_asks_the_inner_embedder_nothing_and_is_equal_to_the_last_bit(
    inner: CountedEmbedder, embedder: CachedEmbedder, tmp_path: Path
) -> None:
    first = embedder.embed_passages(TEXTS)
    backwards = CachedEmbedder(inner, tmp_path / "kept").embed_passages(TEXTS[::-1])
    assert inner.calls == [TEXTS]
    assert first.tobytes() == HashEmbedder().embed_passages(TEXTS).tobytes() == backwards[::-1].tobytes()
    assert first.dtype == backwards.dtype == np.float32


def test_only_new_texts_are_embedded_in_one_call_and_stand_in_their_places(
    inner: CountedEmbedder, embedder: CachedEmbedder
) -> None:
    embedder.embed_passages(TEXTS[1:3])
    vectors = embedder.embed_passages(TEXTS)
    assert inner.calls == [TEXTS[1:3], (TEXTS[0], TEXTS[3])]
    assert vectors.tobytes() == HashEmbedder().embed_passages(TEXTS).tobytes()


def test_a_text_that_comes_twice_is_embedded_once(inner: CountedEmbedder, embedder: CachedEmbedder) -> None:
    vectors = embedder.embed_passages(["a", "b", "a"])
    assert inner.calls == [("a", "b")]
    assert vectors.tobytes() == HashEmbedder().embed_passages(["a", "b", "a"]).tobytes()


def test_what_is_handed_out_may_be_changed_without_changing_what_is_kept(embedder: CachedEmbedder) -> None:
    for _ in range(3):
        vectors = embedder.embed_passages(TEXTS)
        assert vectors.tobytes() == HashEmbedder().embed_passages(TEXTS).tobytes()
        vectors[:] = 0


def test_another_fingerprint_does_not_see_the_vectors(embedder: CachedEmbedder, tmp_path: Path) -> None:
    own = embedder.embed_passages(TEXTS)
    inner = OtherEmbedder()
    other = CachedEmbedder(inner, tmp_path / "kept").embed_passages(TEXTS)
    assert inner.calls == [TEXTS]
    assert other.tobytes() == OtherEmbedder().embed_passages(TEXTS).tobytes() != own.tobytes()
    assert embedder.embed_passages(TEXTS).tobytes() == own.tobytes()


def test_no_texts_queries_and_counting_leave_no_file(embedder: CachedEmbedder, tmp_path: Path) -> None:
    embedder.prepare()
    assert embedder.embed_passages([]).shape == (0, embedder.dimensions)
    assert embedder.embed_query("cat").tobytes() == HashEmbedder().embed_query("cat").tobytes()
    assert embedder.count_tokens(TEXTS) == HashEmbedder().count_tokens(TEXTS)
    assert list(tmp_path.iterdir()) == []


def test_it_says_of_itself_what_the_inner_embedder_says(
    inner: CountedEmbedder, embedder: CachedEmbedder
) -> None:
    for told in ("name", "fingerprint", "dimensions", "max_tokens"):
        assert getattr(embedder, told) == getattr(inner, told)


def test_more_texts_than_an_sql_statement_takes_parameters(embedder: CachedEmbedder) -> None:
    texts = [f"text {n}" for n in range(40_000)]
    assert embedder.embed_passages(texts).tobytes() == embedder.embed_passages(texts).tobytes()


@pytest.mark.parametrize("damage", ["no SQLite", "another layout", "cut off"])
def test_a_file_that_cannot_be_used_is_named_and_works_again_once_it_is_deleted(
    embedder: CachedEmbedder, tmp_path: Path, damage: str
) -> None:
    embedder.embed_passages([f"text {n}" for n in range(20)])
    file = tmp_path / "kept" / FILE_NAME
    if damage == "no SQLite":
        file.write_bytes(b"not a database, surely not" * 100)
    elif damage == "cut off":
        file.write_bytes(file.read_bytes()[:8192])
    else:
        with opened(file.parent) as connection:
            connection.execute("ALTER TABLE vectors RENAME COLUMN vector TO other")
    with pytest.raises(ModelUnavailable, match=r"vectors\.sqlite3 cannot be used.*delete the file") as caught:
        embedder.embed_passages(["text 7"])
    assert str(file) in str(caught.value)
    file.unlink()
    assert embedder.embed_passages(TEXTS).tobytes() == HashEmbedder().embed_passages(TEXTS).tobytes()


def test_vectors_of_another_length_are_refused(embedder: CachedEmbedder, tmp_path: Path) -> None:
    embedder.embed_passages(TEXTS)
    with pytest.raises(ModelUnavailable, match=r"1024 bytes for 128 numbers.*delete the file"):
        CachedEmbedder(ShortEmbedder(), tmp_path / "kept").embed_passages(TEXTS)


def test_a_file_that_another_process_keeps_to_itself_is_not_to_be_deleted(
    embedder: CachedEmbedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder.embed_passages(["old"])
    monkeypatch.setattr(cached, "BUSY_SECONDS", 0)
    with opened(tmp_path / "kept") as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert embedder.embed_passages(["old"]).shape[0] == 1
        with pytest.raises(IndexBusy, match=r"vectors\.sqlite3: try again"):
            embedder.embed_passages(["new"])


def test_a_vector_is_kept_as_little_endian_float32(embedder: CachedEmbedder, tmp_path: Path) -> None:
    vectors = embedder.embed_passages(["cat"])
    with opened(tmp_path / "kept") as connection:
        rows = connection.execute("SELECT key, vector FROM vectors").fetchall()
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    assert rows == [(hashlib.sha256(b"hash/v1\0cat").digest(), vectors[0].astype("<f4").tobytes())]
    assert mode == "wal"


def test_threads_share_it(embedder: CachedEmbedder) -> None:
    parts = [[f"text {n}" for n in range(start, start + 20)] for start in range(0, 40, 2)]
    with ThreadPoolExecutor(4) as pool:
        together = [vectors.tobytes() for vectors in pool.map(embedder.embed_passages, parts)]
    assert together == [HashEmbedder().embed_passages(part).tobytes() for part in parts]


def test_processes_share_it_from_the_moment_there_is_no_file_yet(tmp_path: Path) -> None:
    running = [start(tmp_path / "kept") for _ in range(4)]
    outputs = [process.communicate()[0].split() for process in running]
    assert [output[1:] for output in outputs] == [[expected_digest()]] * 4
    with opened(tmp_path / "kept") as connection:
        (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
    assert count == len({text for part in PARTS for text in part})


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls it takes that nobody kills."""
    output, _ = start(tmp_path_factory.mktemp("undisturbed")).communicate()
    return int(output.split()[0])


@pytest.mark.parametrize("point", range(POINTS))
def test_killed_at_any_moment_it_holds_whole_calls_and_goes_on(
    inner: CountedEmbedder, calls: int, point: int, tmp_path: Path
) -> None:
    with start(tmp_path, 1 + calls * point // POINTS) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL

    embedder = CachedEmbedder(inner, tmp_path)
    for part in PARTS:
        assert embedder.embed_passages(part).tobytes() == HashEmbedder().embed_passages(part).tobytes()
    # of what a call made all is there or nothing
    made = (("One.", "Two."), ("Three.",), PARTS[2])
    assert inner.calls == list(made[len(made) - len(inner.calls) :])
