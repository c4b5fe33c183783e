"""How ingest and questions fare as an index grows. Writes docs/performance.md from its figures.

    python benchmarks/scale.py --data FOLDER --work FOLDER [--sizes N …] [--questions N] [--page FILE]

DATA holds the development sets (a folder each, `corpus.jsonl` and `questions.jsonl`). The work folder keeps
everything: vectors, an index per size in `N/index`, figures. What is there is not made again, what was begun
is gone on with. An index begins as a copy of the next smaller one.

With `--book` and `--vectors` the same is done with a PostgreSQL database and a Chroma server, a schema and a
collection for each size, in the folder `served` of the work folder; the page shows what is in both.

Every question is asked of all sizes in turn, in an order that rotates, so that ratios hold on a busy machine.
"""

import argparse
import json
import platform
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scale_page import write_page
from scale_parts import disk_of, held
from scale_recall import recall
from scale_removal import removal
from scale_served import SERVED, Engines
from scale_texts import SEED

from evals.questions import read_questions

HERE = Path(__file__).parent
OWN = HERE.parent / "evals" / "questions.jsonl"
ASKED = ("scifact", "clapnq", "selqa_dev", "multihoprag")
WARM_UP = 10
FIGURES, NOTES = "figures.json", "build.jsonl"
Figures = dict[str, Any]


def main() -> None:
    """Builds what is missing, asks, and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--questions", type=int, default=240)
    parser.add_argument("--embedded", type=int, default=100_000, help="passages with vectors of their own")
    parser.add_argument("--every", type=int, default=1, help="answer every so manieth; retrieve for all")
    parser.add_argument("--remark", default="", help="said on the page, of the machine and its load")
    parser.add_argument("--steps", nargs="+", choices=("build", "measure"), default=["build", "measure"])
    parser.add_argument("--reopened", type=int, default=3, help="fresh processes asked a first question")
    parser.add_argument("--page", type=Path, help="where the page goes; its plot beside it")
    parser.add_argument("--book", help="address of a PostgreSQL database")
    parser.add_argument("--vectors", help="address of a Chroma server")
    options = parser.parse_args()
    work = options.work.resolve()
    engines = Engines.of(options.book, options.vectors)
    at = work / SERVED if engines else work
    if "build" in options.steps:
        build_all(options, work, at, engines)
    if "measure" in options.steps:
        asked = questions(options.data, options.questions)
        figures = measure(at, sorted(options.sizes), asked, options.every, options.reopened)
        figures["how"] = {
            "embedded": f"{options.embedded:,}",
            "questions": options.questions,
            "warm": WARM_UP,
            "every": ""
            if options.every == 1
            else f" (one in {options.every} whole, passages alone otherwise)",
            "remark": options.remark,
        }
        (at / FIGURES).write_text(json.dumps(figures, indent=1), encoding="utf-8")
    if options.page:
        write_page(read_figures(work), read_figures(work / SERVED), options.page)


def read_figures(place: Path) -> Figures | None:
    """What was measured; None if nothing was."""
    file = place / FIGURES
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else None


def build_all(options: argparse.Namespace, work: Path, at: Path, engines: Engines | None) -> None:
    """Grows an index of each size; one in files from a copy of the next smaller one."""
    for smaller, size in pairwise([0, *sorted(options.sizes)]):
        place = at / str(size)
        index = place / "index"
        if smaller and not index.exists() and not engines:
            shutil.copytree(at / str(smaller) / "index", index)
        index.mkdir(parents=True, exist_ok=True)
        if engines:
            engines.prepare(place)
        run = [sys.executable, HERE / "scale_build.py", "--data", options.data.resolve(), "--work", work]
        told = ["--notes", at / NOTES, "--index", index]
        amounts = ["--passages", str(size), "--embedded", str(options.embedded)]
        subprocess.run([*run, *told, *amounts], check=True, cwd=place)


def questions(data: Path, limit: int) -> list[str]:
    """Our own and those of the development sets, as many of each, in an order that mixes them."""
    draw = random.Random(SEED)
    files = [OWN, *(data / name / "questions.jsonl" for name in ASKED)]
    pools = [[question.question for question in read_questions(file)] for file in files]
    chosen = [text for pool in pools for text in draw.sample(pool, -(-limit // len(pools)))]
    draw.shuffle(chosen)
    return [" ".join(text.split()) for text in chosen]


class Asking:
    """A process that answers from one index."""

    def __init__(self, place: Path) -> None:
        command = [sys.executable, HERE / "scale_asking.py", "--index", place / "index"]
        self._process = subprocess.Popen(
            command, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, question: str, *, whole: bool = True) -> Figures:
        """Figures of one question, or of retrieving for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"question": question, "whole": whole}) + "\n")
        self._process.stdin.flush()
        return self.said()

    def said(self) -> Figures:
        """The next line of figures."""
        assert self._process.stdout is not None
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measure(work: Path, sizes: Sequence[int], asked: Sequence[str], every: int, reopened: int) -> Figures:
    """Everything that is told of indexes that stand."""
    first = {size: [first_question(work / str(size), asked[0]) for _ in range(reopened)] for size in sizes}
    figures = ask_in_turn({size: work / str(size) for size in sizes}, asked, every)
    for size in sizes:
        place = work / str(size)
        figures[size] |= {
            "held": held(place),
            "disk": disk_of(place),
            "first": statistics.median(first[size]),
            "recall": recall(place, asked[:100]),
            "removal": removal(place),
        }
    built = work / NOTES
    lines = built.read_text("utf-8").splitlines() if built.exists() else []
    return {
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "sizes": {str(size): figures[size] for size in sizes},
        "build": [json.loads(line) for line in lines],
    }


def first_question(place: Path, question: str) -> float:
    """Seconds from starting a process to its first answer."""
    started = time.perf_counter()
    asking = Asking(place)
    asking.said()
    asking.ask(question)
    seconds = time.perf_counter() - started
    asking.close()
    return seconds


def ask_in_turn(places: Mapping[int, Path], asked: Sequence[str], every: int) -> dict[int, Figures]:
    """Every question of every index, each time another one first."""
    asking = {size: Asking(place) for size, place in places.items()}
    opened = {size: one.said() for size, one in asking.items()}
    order = list(places)
    lines: dict[int, list[Figures]] = {size: [] for size in places}
    for number, question in enumerate([*asked[:WARM_UP], *asked]):
        order = [*order[1:], order[0]]
        for size in order:
            said = asking[size].ask(question, whole=number % every == 0)
            if number >= WARM_UP:
                lines[size].append(said)
    for one in asking.values():
        one.close()
    smallest = lines[min(lines)]
    return {
        size: {
            "questions": len(said),
            "resident_mb": opened[size]["resident_mb"],
            "resident_after_mb": said[-1]["resident_mb"],
            "peak_mb": said[-1]["peak_mb"],
            **{clock: spread([line[clock] for line in said]) for clock in ("wall", "cpu")},
            "ratio": {
                clock: ratios([line[clock] for line in said], [line[clock] for line in smallest])
                for clock in ("wall", "cpu")
            },
        }
        for size, said in lines.items()
    }


def spread(lines: Sequence[Mapping[str, float]]) -> Figures:
    """Medians and 95th percentiles of each step, in milliseconds."""
    found = {}
    for step in dict.fromkeys(step for line in lines for step in line):
        took = [1e3 * line[step] for line in lines if step in line]
        found[step] = {
            "p50": round(statistics.median(took), 2),
            "p95": round(float(np.quantile(took, 0.95)), 2),
        }
    return found


def ratios(lines: Sequence[Mapping[str, float]], smallest: Sequence[Mapping[str, float]]) -> Figures:
    """Median and quartiles of each question's time against its time with the smallest index."""
    found = {}
    for step in ("retrieval", "whole"):
        both = zip(lines, smallest, strict=True)
        pairs = [one[step] / other[step] for one, other in both if step in one]
        found[step] = [round(float(value), 2) for value in np.quantile(pairs, (0.25, 0.5, 0.75))]
    return found


if __name__ == "__main__":
    main()
