"""Writing a folder of vectors anew when most of what stands in its graph is deleted.

Chroma marks a deleted vector and keeps its place for good: an index whose documents are replaced again and
again grows on disk and in memory, and searches walk through what is gone. So what is left is written into
another folder, which takes the first one's place. Whoever is killed meanwhile leaves the first one whole, or
none and the finished other one.
"""

import shutil
from pathlib import Path

import numpy as np

from ingest.graph_file import graphs_in, rows_of
from ingest.vectors import VectorIndex

LEAST = 1_000  # places of deleted vectors that are no harm
SHARE = 3  # places for each vector that is left, from which on it is worth it: as much work as was deleted
SLICE = 500  # vectors written before others get their turn
# End the names of the folder being written, and of the one it replaces.
RENEWED, BEFORE = "-renewed", "-before"


def is_worth_it(folder: Path, live: int) -> bool:
    """Whether most places of the graph are of deleted vectors, and there is room to write the others anew."""
    if sum(map(rows_of, graphs_in(folder))) <= LEAST + SHARE * live:
        return False
    taken = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return shutil.disk_usage(folder).free > taken


def renewed(folder: Path) -> Path:
    """Where what is left is written."""
    return folder.with_name(folder.name + RENEWED)


def copy(vectors: VectorIndex, anew: VectorIndex, owner: str) -> None:
    """Stores all of an index in an empty one, which gets the same owner."""
    keys = vectors.keys()
    for start in range(0, len(keys), SLICE):
        held = vectors.vectors_of(keys[start : start + SLICE])
        anew.upsert(tuple(held), np.stack(tuple(held.values())))
    anew.claim(owner)
    anew.finish()


def swap(folder: Path) -> None:
    """Puts the finished folder in the other one's place; nobody else opens either meanwhile."""
    folder.rename(_before(folder))
    renewed(folder).rename(folder)
    discard(folder)


def complete(folder: Path) -> None:
    """Does what is left of a swap whose process was killed."""
    if is_cut_off(folder):
        renewed(folder).rename(folder)


def is_cut_off(folder: Path) -> bool:
    """Whether there is something to complete."""
    return renewed(folder).exists() and not folder.exists()


def discard(folder: Path) -> None:
    """Deletes what is no longer needed, or was never finished; what is finished is put in its place first."""
    complete(folder)
    for rest in (renewed(folder), _before(folder)):
        shutil.rmtree(rest, ignore_errors=True)


def _before(folder: Path) -> Path:
    return folder.with_name(folder.name + BEFORE)
