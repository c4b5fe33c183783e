"""What becomes of vectors that another process wrote, when one with an older view writes, too.

`python benchmarks/two_writers.py`: this process opens a folder and writes, a second one writes, then this
one writes again. A third one looks for everything. See docs/decisions/0016-serving.md.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from ingest.embedding import Vectors
from ingest.index import ChromaIndex
from ingest.store import PassageKey

SIZES = (50, 3000)


def vector(number: int) -> Vectors:
    """A direction of its own for every number."""
    found = np.random.default_rng(number).normal(size=64).astype(np.float32)
    unit: Vectors = found / np.linalg.norm(found)
    return unit


def write(index: ChromaIndex, first: int, end: int) -> None:
    """Writes the vectors of some numbers."""
    keys = [PassageKey(number, 0) for number in range(first, end)]
    index.upsert(keys, np.stack([vector(key.content) for key in keys]))


def lost(index: ChromaIndex, end: int) -> list[int]:
    """Numbers whose vectors are not found."""
    return [
        number
        for number in range(end)
        if all(key.content != number for key, _ in index.nearest(vector(number), 3, None, 0))
    ]


def main(arguments: list[str]) -> None:
    """Runs as one of the processes: without arguments the first one."""
    match arguments:
        case ["write", folder, first, end]:
            write(ChromaIndex(Path(folder)), int(first), int(end))
        case ["look", folder, each]:
            gone = lost(ChromaIndex(Path(folder)), 3 * int(each))
            whose = f", numbers {gone[0]} to {gone[-1]}" if gone else ""
            print(f"3 x {each} vectors: {len(gone)} lost{whose}")
        case _:
            for size in SIZES:
                with tempfile.TemporaryDirectory() as folder:
                    _try(folder, size)


def _try(folder: str, size: int) -> None:
    ours = ChromaIndex(Path(folder))
    write(ours, 0, size)
    _run("write", folder, size, 2 * size)
    write(ours, 2 * size, 3 * size)
    ours.close()
    _run("look", folder, size)


def _run(*arguments: object) -> None:
    subprocess.run([sys.executable, __file__, *map(str, arguments)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
