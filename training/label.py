"""Asking the teacher: `python -m training.label WINDOWS --out LABELS --minutes 12`.

The teacher is the carried cross-encoder. It reads question and sentence (below its title) alone, knows
nothing of the sentences around, and is right about the order of sentences more often than not: a
second opinion where annotators marked one sentence of several good ones.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.reading import context_line
from qa.second_reading import CrossEncoder
from training.report import note
from training.windows import Window, read_windows

MOST_SENTENCES = 10  # longer windows are mostly lists
KINDS = ("answerable", "foreign", "sibling")  # "removed" and "swapped" are wrong in ways it does not see
SOURCES = ("squad1_qg_test", "new_wiki", "covidqa", "reddit", "amazon")
EVERY = 2  # windows worth labelling are taken in this stride, so that labels spread over the file


def main() -> None:
    """Reads the arguments; labels are appended, windows that have theirs are passed over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("windows", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=12)
    arguments = parser.parse_args()
    label(arguments.windows, arguments.out, arguments.minutes * 60)


def label(windows: Path, out: Path, seconds: float) -> None:
    """Labels windows until the time is up."""
    known = read_labels(out) if out.exists() else {}
    wanted = [window for window in worth_labelling(read_windows(windows)) if window.id not in known]
    reader = CrossEncoder()
    started, done = time.monotonic(), 0
    with out.open("a", encoding="utf-8") as file:
        if file.tell() and not out.read_bytes().endswith(b"\n"):
            file.write("\n")  # a kill cut the last line off
        for window in wanted:
            file.write(f"{json.dumps([window.id, teach(reader, window)])}\n")
            done += 1
            if time.monotonic() - started > seconds:
                break
    note(f"{done} of {len(wanted)} windows labelled")


def worth_labelling(windows: Iterator[Window]) -> Iterator[Window]:
    """Every so many of the windows the teacher has something to say on."""
    fit = (
        window
        for window in windows
        if window.kind in KINDS and window.source in SOURCES and len(window.sentences) <= MOST_SENTENCES
    )
    return (window for number, window in enumerate(fit) if number % EVERY == 0)


def teach(reader: CrossEncoder, window: Window) -> list[float]:
    """The teacher's logit of each sentence of the window below its title, rounded to 3 digits."""
    above = context_line(window.context)
    read = [f"{above} {sentence}".strip() for sentence in window.sentences]
    return [round(score, 3) for score in reader.score(window.question, read)]


def read_labels(path: Path) -> dict[str, Sequence[float]]:
    """Logits of the sentences by window; a line that was cut off by a kill is passed over."""
    labels: dict[str, Sequence[float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.endswith("]]"):
            name, logits = json.loads(line)
            labels[name] = logits
    return labels


if __name__ == "__main__":
    main()
