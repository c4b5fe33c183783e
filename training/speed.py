"""Timing the exported reader against the cross-encoder: `python -m training.speed HELDOUT --graph G --out F`.

Both read the same windows in turns, so that whatever else the machine does weighs on both alike.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from qa.second_reading import CrossEncoder
from training.readers import GraphReader
from training.report import note
from training.windows import Window, read_windows

WINDOWS = 60
ROUNDS = 7


def main() -> None:
    """Reads the arguments and writes windows per second of both, and how often faster the reader is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("held_out", type=Path)
    parser.add_argument("--graph", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    windows = list(islice(read_windows(arguments.held_out), WINDOWS))
    figures = compare(windows, GraphReader(arguments.graph))
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    note(json.dumps(figures))


def compare(windows: Sequence[Window], reader: GraphReader) -> dict[str, float]:
    """Medians over all rounds but the first, which warms up."""
    singly = CrossEncoder()
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        ours.append(seconds_of(lambda: reader.read(windows)))
        theirs.append(seconds_of(lambda: [singly.score(one.question, one.sentences) for one in windows]))
    return {
        "windows/s": len(windows) / statistics.median(ours[1:]),
        "cross-encoder windows/s": len(windows) / statistics.median(theirs[1:]),
        "times as fast": statistics.median(b / a for a, b in zip(ours[1:], theirs[1:], strict=True)),
        "sentences a window": sum(len(one.sentences) for one in windows) / len(windows),
    }


def seconds_of(work: Callable[[], object]) -> float:
    """How long it takes once."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
