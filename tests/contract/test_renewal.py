"""A folder of vectors stays as large as what is left in it, whoever reads or is killed meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ingest import renewal
from ingest.graph_file import graphs_in, rows_of
from ingest.index import ChromaIndex
from ingest.store import PassageKey, Pending

LEFT = [PassageKey(1, n) for n in range(30)]
REPLACED = 60  # vectors of a text that is replaced again and again
READER = """
import sys; from pathlib import Path; import numpy as np; from ingest.index import ChromaIndex
index, wanted = ChromaIndex(Path(sys.argv[1])), np.eye(16, dtype=np.float32)[0]
while True:
    print(index.nearest(wanted, 1, None, 0)[0][0].content, flush=True)
"""


def drawn(count: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ChromaIndex]:
    """An index of 30 vectors, the first of which is known, that is somebody's."""
    monkeypatch.setattr(renewal, "LEAST", 100)
    index = ChromaIndex(tmp_path / "chroma")
    vectors = drawn(len(LEFT), 1)
    vectors[0] = np.eye(16)[0]
    index.upsert(LEFT, vectors)
    index.claim("somebody")
    yield index
    index.close()


def replace(index: ChromaIndex, content: int) -> None:
    """Stores vectors of a text and forgets them again."""
    index.upsert([PassageKey(content, n) for n in range(REPLACED)], drawn(REPLACED, content))
    index.forget([Pending(content, REPLACED)])


def places(folder: Path) -> int:
    return sum(map(rows_of, graphs_in(folder)))


def is_whole(index: ChromaIndex) -> bool:
    return (
        set(index.keys()) == set(LEFT)
        and index.is_of("somebody")
        and index.nearest(np.eye(16, dtype=np.float32)[0], 1, None, 0)[0][0] == LEFT[0]
    )


def test_vectors_that_are_replaced_for_ever_do_not_fill_the_folder(
    index: ChromaIndex, tmp_path: Path
) -> None:
    held = []
    for content in range(2, 14):
        replace(index, content)
        held.append(places(tmp_path / "chroma"))
        assert is_whole(index)
    # What there may be, and the text that tipped it over; without renewing, 12 times 60 and more.
    assert max(held) <= 100 + renewal.SHARE * len(LEFT) + REPLACED + 10
    assert sum(after < before for before, after in pairwise(held)) >= 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chroma", "vectors.lock"]


def test_whoever_reads_meanwhile_notices_nothing(index: ChromaIndex, tmp_path: Path) -> None:
    command = [sys.executable, "-c", READER, str(tmp_path / "chroma")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None and reader.stderr is not None  # noqa: PT018
        assert reader.stdout.readline() == "1\n"
        for content in range(2, 14):
            replace(index, content)
        assert reader.poll() is None, reader.stderr.read()
        reader.kill()
        told = set(reader.stdout.read().split())
    assert told <= {"1", *map(str, range(2, 14))}
    assert "1" in told


def test_a_second_holder_in_the_process_sees_what_is_written_afterwards(
    index: ChromaIndex, tmp_path: Path
) -> None:
    other = ChromaIndex(tmp_path / "chroma")
    for content in range(2, 14):
        assert is_whole(other)
        replace(index, content)
    index.upsert([PassageKey(99, 0)], -np.eye(16, dtype=np.float32)[:1])
    assert other.nearest(-np.eye(16, dtype=np.float32)[0], 1, None, 1)[0][0] == PassageKey(99, 0)
    other.close()


def test_what_a_killed_renewal_left_is_deleted_and_done_again(index: ChromaIndex, tmp_path: Path) -> None:
    folder = tmp_path / "chroma"
    begun = ChromaIndex(renewal.renewed(folder))
    begun.upsert(LEFT[:3], drawn(3, 1))
    begun.close()
    assert is_whole(index)
    index.forget([Pending(77, 1)])
    assert not renewal.renewed(folder).exists()
    assert is_whole(index)


def test_a_swap_that_was_killed_in_the_middle_is_completed_by_whoever_opens_it(
    index: ChromaIndex, tmp_path: Path
) -> None:
    folder = tmp_path / "chroma"
    replace(index, 2)
    anew = ChromaIndex(renewal.renewed(folder))
    renewal.copy(index, anew, "somebody")
    anew.close()
    index.close()
    folder.rename(tmp_path / f"chroma{renewal.BEFORE}")
    assert ChromaIndex(folder).exists()
    assert is_whole(index)
    index.forget([Pending(77, 1)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chroma", "vectors.lock"]
    assert is_whole(index)


def test_where_there_is_no_room_for_a_second_one_the_folder_stays_as_it_is(
    index: ChromaIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = renewal.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(renewal.shutil, "disk_usage", lambda _: facts._replace(free=1))
    for content in range(2, 10):
        replace(index, content)
    assert places(tmp_path / "chroma") > 8 * REPLACED
    assert is_whole(index)
