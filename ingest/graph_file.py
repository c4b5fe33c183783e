"""Chroma's graph of vectors on disk: taking single vectors out of it.

Chroma marks a deleted vector as deleted and keeps it in the file for good. Told to replace it first, it puts
up to 4,096 neighbours in order again for each, in 0.1 s; written anew, a graph of 10,000 takes 34 s. Here the
numbers themselves are overwritten with zeros, in place: nobody finds a deleted vector, and its links stay.

`data_level0.bin` is an array of equal rows (hnswlib): links, then the vector as float32, then a label of 8
bytes; `length.bin` has 4 bytes for each row.
"""

from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ingest.embedding import Vectors

ROWS = "data_level0.bin"
LENGTHS = "length.bin"
LABEL_BYTES = 8
LENGTH_BYTES = 4
ROUNDING = 1e-6  # Chroma hands some vectors out as they came, others as it brought them to length 1


def graphs_in(folder: Path) -> tuple[Path, ...]:
    """Folders of graphs in one of Chroma's, which leaves those of deleted collections behind."""
    return tuple(file.parent for file in folder.glob(f"*/{ROWS}"))


def blank_out(graph: Path, vectors: Vectors) -> int:
    """Overwrites these vectors with zeros wherever they stand in a graph nobody has open.

    One that stands there more often than here belongs to somebody else as well, and stays.

    Args:
        graph: folder of the graph.
        vectors: shape `(n, dimensions)`, as they are stored.

    Returns how many of them are not in the file at all.
    """
    rows = _rows(graph, vectors.shape[1])
    kept, given = _Alike(rows), _Alike(vectors)
    places = [kept.places(vector) for vector in vectors]
    for vector, found in zip(vectors, places, strict=True):
        if len(found) <= len(given.places(vector)):
            rows[found] = 0
    rows.flush()
    return sum(not len(found) for found in places)


def rows_of(graph: Path) -> int:
    """How many vectors have a place in a graph, deleted ones included."""
    return (graph / LENGTHS).stat().st_size // LENGTH_BYTES


def blank_out_everywhere(folder: Path, vectors: Vectors) -> bool:
    """Overwrites these vectors in all graphs of a folder of Chroma's; whether all of them stood in one."""
    return not len(vectors) or not min((blank_out(graph, vectors) for graph in graphs_in(folder)), default=1)


class _Alike:
    """Finds vectors among others, shape `(n, dimensions)`, by their first numbers."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._order = np.argsort(vectors[:, 0])
        self._first = vectors[self._order, 0]

    def places(self, vector: Vectors) -> NDArray[np.intp]:
        """Where it stands."""
        low, high = np.searchsorted(self._first, [vector[0] - ROUNDING, vector[0] + ROUNDING])
        near = self._order[low:high]
        with np.errstate(invalid="ignore", over="ignore"):  # rows not filled yet hold whatever was in memory
            alike = np.all(np.abs(self._vectors[near] - vector) <= ROUNDING, axis=1)
        places: NDArray[np.intp] = near[alike]
        return places


def _rows(graph: Path, dimensions: int) -> np.memmap[Any, Any]:
    """The vectors of a graph, shape `(rows, dimensions)`, to be changed in place."""
    size, lengths = (graph / ROWS).stat().st_size, (graph / LENGTHS).stat().st_size
    stride = size * LENGTH_BYTES // lengths
    row = np.dtype(
        {
            "names": ["vector"],
            "formats": [("<f4", dimensions)],
            "offsets": [stride - LABEL_BYTES - 4 * dimensions],
            "itemsize": stride,
        }
    )
    return cast("np.memmap[Any, Any]", np.memmap(graph / ROWS, row, "r+")["vector"])
