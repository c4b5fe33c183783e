"""Forgotten vectors leave Chroma's files, those of its graph as well; nobody else's do."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from ingest.graph_file import ROWS
from ingest.index import ChromaIndex
from ingest.store import PassageKey, Pending

# More than Chroma keeps in its log: some stand in the graph's file, some in the log.
KEYS = [PassageKey(1 + n // 4, n % 4) for n in range(1200)]
READER = """
import sys; from pathlib import Path; import numpy as np; from ingest.index import ChromaIndex
index = ChromaIndex(Path(sys.argv[1]))
print("reading", flush=True)
for generation in range(10_000):
    index.nearest(np.eye(16, dtype=np.float32)[0], 5, None, generation)
"""


def vectors() -> np.ndarray:
    drawn = np.random.default_rng(7).normal(size=(len(KEYS), 16)).astype(np.float32)
    drawn[5] = drawn[900]  # two passages of the same words
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def files_with(folder: Path, vector: np.ndarray) -> set[str]:
    """Names of the files in which the vector stands, however rounded."""
    found = set()
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for offset in range(4):
            numbers = np.frombuffer(content[offset : offset + (len(content) - offset) // 4 * 4], "<f4")
            if len(numbers) >= 16:
                windows = np.lib.stride_tricks.sliding_window_view(numbers, 16)
                with np.errstate(all="ignore"):
                    near = windows[np.abs(windows[:, 0] - vector[0]) < 1e-6]
                    if (np.abs(near - vector) < 1e-6).all(axis=1).any():
                        found.add(path.name)
    return found


def built(folder: Path) -> ChromaIndex:
    index = ChromaIndex(folder)
    for start in range(0, len(KEYS), 100):
        index.upsert(KEYS[start : start + 100], vectors()[start : start + 100])
    return index


def test_a_forgotten_vector_is_in_no_file_any_more_and_the_others_are_found(tmp_path: Path) -> None:
    index, all_vectors = built(tmp_path), vectors()
    gone = (0, 1, 2, 3, 1100, 1101, 1102, 1103)
    assert {name for n in gone for name in files_with(tmp_path, all_vectors[n])} == {ROWS, "chroma.sqlite3"}
    index.forget([Pending(KEYS[0].content, 4), Pending(KEYS[1100].content, 4), Pending(99_999, 2)])
    assert [files_with(tmp_path, all_vectors[n]) for n in gone] == [set()] * len(gone)
    assert index.count() == len(KEYS) - len(gone)
    for n in (4, 600, 1199):
        assert index.nearest(all_vectors[n], 1, None, 0)[0][0] == KEYS[n]
    index.close()


def test_a_vector_that_another_passage_has_as_well_stays_for_that_one(tmp_path: Path) -> None:
    index, all_vectors = built(tmp_path), vectors()
    index.forget([Pending(KEYS[5].content, 4)])
    assert [key for key, _ in index.nearest(all_vectors[900], 1, None, 0)] == [KEYS[900]]
    index.forget([Pending(KEYS[900].content, 4)])
    assert files_with(tmp_path, all_vectors[900]) <= {ROWS}  # found by nobody, see 0026
    index.close()


def test_whoever_opens_the_folder_meanwhile_brings_nothing_back(tmp_path: Path) -> None:
    index, all_vectors = built(tmp_path), vectors()
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout is not None
    with reader:
        reader.stdout.readline()
        for n in range(8, 40, 4):
            index.forget([Pending(KEYS[n].content, 4)])
        reader.kill()
    assert [files_with(tmp_path, all_vectors[n]) for n in range(8, 40)] == [set()] * 32
    assert index.nearest(all_vectors[600], 1, None, 0)[0][0] == KEYS[600]
    index.close()
