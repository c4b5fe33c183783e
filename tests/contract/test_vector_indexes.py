"""What every vector index keeps to; run against the fake, real Chroma on disk and a real Chroma server."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from chromadb.api.models.Collection import Collection
from chromadb.errors import InternalError

from ingest.chroma import NOBODY
from ingest.errors import IndexCorrupt
from ingest.index import SYNC, ChromaIndex
from ingest.served_index import ServedChromaIndex
from ingest.settings import StorageSettings
from ingest.store import PassageKey, Pending
from ingest.vectors import VectorIndex
from tests.fakes import BruteForceIndex
from tests.services.chroma_server import chroma_server


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("chroma-server")) as server:
        yield server.address


@pytest.fixture(params=["brute force", "chroma", "chroma server"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    if request.param == "brute force":
        yield BruteForceIndex()
        return
    chroma: ChromaIndex | ServedChromaIndex
    if request.param == "chroma":
        chroma = ChromaIndex(tmp_path / "chroma")
    else:
        chroma = ServedChromaIndex(request.getfixturevalue("address"), StorageSettings())
        chroma.clear()  # as the first ingest does
    yield chroma
    chroma.close()


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


A, B, C = PassageKey(1, 0), PassageKey(1, 1), PassageKey(2, 0)
VECTORS = np.stack([unit(1, 0, 0), unit(1, 1, 0), unit(0, 0, 1)])


def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    assert index.nearest(unit(1, 0, 0), 5, None, 0) == []
    assert index.count() == 0


def test_the_nearest_come_first_with_their_cosine(index: VectorIndex) -> None:
    index.upsert([A, B, C], VECTORS)
    found = index.nearest(unit(1, 0.1, 0), 5, None, 1)
    assert [key for key, _ in found] == [A, B, C]
    cosines = [float(unit(1, 0.1, 0) @ vector) for vector in VECTORS]
    assert [score for _, score in found] == pytest.approx(cosines, abs=1e-5)


def test_no_more_than_the_limit_are_found(index: VectorIndex) -> None:
    index.upsert([A, B, C], VECTORS)
    assert [key for key, _ in index.nearest(unit(0, 0, 1), 1, None, 1)] == [C]


def test_a_search_can_be_confined_to_texts(index: VectorIndex) -> None:
    index.upsert([A, B, C], VECTORS)
    assert [key for key, _ in index.nearest(unit(1, 0, 0), 5, [2], 1)] == [C]
    assert index.nearest(unit(1, 0, 0), 5, [], 1) == []


def test_a_search_can_be_confined_to_more_texts_than_chroma_filters_by_at_once(index: VectorIndex) -> None:
    index.upsert([A, B, C], VECTORS)
    many = [*range(2, 50_000), 1]
    found = index.nearest(unit(1, 0.1, 0), 2, many, 1)
    assert [key for key, _ in found] == [A, B]
    assert index.nearest(unit(1, 0, 0), 5, many[1:-1], 1) == []


def test_upserting_again_replaces(index: VectorIndex) -> None:
    index.upsert([A, C], VECTORS[[0, 2]])
    index.upsert([A], VECTORS[[1]])
    assert index.count() == 2
    (_, score), *_ = index.nearest(unit(1, 1, 0), 1, None, 1)
    assert score == pytest.approx(1, abs=1e-5)


def test_a_forgotten_text_is_not_found_and_strangers_are_no_error(index: VectorIndex) -> None:
    index.upsert([A, B, C], VECTORS)
    index.forget([Pending(1, 2), Pending(77, 3)])
    assert [key for key, _ in index.nearest(unit(1, 0, 0), 5, None, 2)] == [C]


def test_a_cleared_index_takes_vectors_of_another_length(index: VectorIndex) -> None:
    index.upsert([A], VECTORS[[0]])
    index.clear()
    index.upsert([A], np.stack([unit(1, 0, 0, 0, 1)]))
    assert index.count() == 1


def test_more_vectors_than_chroma_takes_at_once(index: VectorIndex) -> None:
    keys = [PassageKey(n, 0) for n in range(1, 6001)]
    vectors = np.random.default_rng(0).normal(size=(6000, 8)).astype(np.float32)
    index.upsert(keys, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    assert index.count() == 6000


def test_chroma_shows_what_another_process_wrote_once_the_generation_moved(tmp_path: Path) -> None:
    chroma = ChromaIndex(tmp_path / "chroma")
    chroma.upsert([A], VECTORS[[0]])
    assert [key for key, _ in chroma.nearest(unit(0, 0, 1), 5, None, 1)] == [A]
    code = (
        "import numpy as np; from pathlib import Path; from ingest.index import ChromaIndex;"
        "from ingest.store import PassageKey;"
        f"ChromaIndex(Path({str(tmp_path / 'chroma')!r})).upsert("
        "[PassageKey(2, 0)], np.array([[0, 0, 1]], dtype=np.float32))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert [key for key, _ in chroma.nearest(unit(0, 0, 1), 5, None, 2)] == [C, A]
    chroma.close()


def test_a_damaged_folder_of_chroma_is_named_each_time_and_done_with_once_it_is_moved_away(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "chroma"
    chroma = ChromaIndex(folder)
    chroma.upsert([A, B, C], VECTORS)
    chroma.close()
    (folder / "chroma.sqlite3").write_bytes(b"no database" * 100)
    for _ in range(3):
        with pytest.raises(IndexCorrupt, match=r"chroma .*pincite doctor --repair"):
            chroma.count()
    folder.rename(tmp_path / "away")
    assert chroma.count() == 0
    chroma.close()


def test_vectors_are_nobodys_until_claimed_and_again_once_cleared(index: VectorIndex) -> None:
    assert not index.is_of("ours")
    index.claim("ours")
    index.upsert([A], VECTORS[[0]])
    assert index.is_of("ours")
    assert not index.is_of("theirs")
    index.claim("theirs")
    assert index.is_of("theirs")
    index.clear("theirs")
    assert not index.is_of("theirs")


def test_what_is_held_can_be_listed_and_taken_out(index: VectorIndex) -> None:
    assert index.keys() == ()
    assert index.vectors_of([A]) == {}
    index.upsert([A, B, C], VECTORS)
    index.forget([Pending(2, 1)])
    assert set(index.keys()) == {A, B}
    held = index.vectors_of([C, B, PassageKey(7, 7)])
    assert list(held) == [B]
    assert held[B] == pytest.approx(VECTORS[1])


def test_reading_vectors_that_are_not_there_makes_none(tmp_path: Path) -> None:
    chroma = ChromaIndex(tmp_path / "chroma")
    assert (chroma.count(), chroma.keys(), chroma.is_of("ours")) == (0, (), False)
    assert chroma.nearest(unit(1, 0, 0), 5, None, 1) == []
    assert not (tmp_path / "chroma").exists()


def test_a_claim_of_another_process_is_noticed_by_whoever_has_the_vectors_open(tmp_path: Path) -> None:
    chroma = ChromaIndex(tmp_path / "chroma")
    chroma.upsert([A], VECTORS[[0]])
    code = (
        "from pathlib import Path; from ingest.index import ChromaIndex;"
        f"ChromaIndex(Path({str(tmp_path / 'chroma')!r})).claim('ours')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert chroma.is_of("ours")
    chroma.close()


def test_the_log_grows_with_the_graph_and_is_short_once_an_ingest_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.index.SHARE", 1)
    folder = tmp_path / "chroma"
    vectors = np.random.default_rng(0).normal(size=(5000, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chroma = ChromaIndex(folder)
    for start in range(0, 5000, 1000):
        keys = [PassageKey(n, 0) for n in range(start + 1, start + 1001)]
        chroma.upsert(keys, vectors[start : start + 1000])
    assert logged(folder) > SYNC
    chroma.finish()
    assert logged(folder) < SYNC
    assert chroma.count() == 5000
    (nearest, _), *_ = chroma.nearest(vectors[4999], 1, None, 1)
    assert nearest == PassageKey(5000, 0)
    chroma.close()


def logged(folder: Path) -> int:
    """How many vectors stand in Chroma's log."""
    with closing(sqlite3.connect(folder / "chroma.sqlite3")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM embeddings_queue").fetchone()
    return int(count)


def test_chroma_notices_that_another_folder_was_put_in_place(tmp_path: Path) -> None:
    here, there = ChromaIndex(tmp_path / "here"), ChromaIndex(tmp_path / "there")
    here.upsert([A], VECTORS[:1])
    there.upsert([C], VECTORS[2:])
    there.close()
    assert [key for key, _ in here.nearest(VECTORS[0], 5, None, 1)] == [A]
    (tmp_path / "here").rename(tmp_path / "away")
    (tmp_path / "there").rename(tmp_path / "here")
    assert [key for key, _ in here.nearest(VECTORS[0], 5, None, 1)] == [C]
    here.close()


def test_what_a_killed_purge_left_is_nobodys_and_goes_with_the_next(tmp_path: Path) -> None:
    chroma = ChromaIndex(tmp_path / "chroma")
    chroma.upsert([A, C], VECTORS[[0, 2]])
    with chroma._open() as collection:
        collection.upsert(ids=[NOBODY], embeddings=np.ones((1, 3), dtype=np.float32))
    assert set(chroma.keys()) == {A, C}
    assert {key for key, _ in chroma.nearest(unit(1, 1, 1), 5, None, 1)} == {A, C}
    chroma.forget([Pending(C.content, 1)])
    assert chroma.count() == 1
    chroma.close()


def test_a_purge_is_begun_anew_where_chroma_is_in_its_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chroma = ChromaIndex(tmp_path / "chroma")
    chroma.upsert([A, C], VECTORS[[0, 2]])
    delete, told = Collection.delete, []

    def locked_at_first(collection: Collection, ids: list[str]) -> object:
        if len(told) < 2:
            told.append(
                "as it does once in a hundred times on a busy machine, after the vectors were blanked"
            )
            raise InternalError("Database error: error returned from database: (code: 5) database is locked")
        return delete(collection, ids=ids)

    monkeypatch.setattr(Collection, "delete", locked_at_first)
    chroma.forget([Pending(C.content, 1)])
    assert len(told) == 2
    assert chroma.keys() == (A,)
    assert [key for key, _ in chroma.nearest(VECTORS[0], 5, None, 1)] == [A]
    chroma.close()
