"""Windows: what the reader reads at once, as lines of a file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """A short answer: half-open range of code points `[start, end)` of one sentence of the window."""

    sentence: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """A question and a run of sentences it is asked of.

    Attributes:
        id: names the window; unique within a file.
        kind: "answerable", or how the window came not to answer (see `training.negatives`).
        source: data set the question comes from.
        group: article or document; windows of one group are never divided between training and test.
        question: as it is asked.
        context: title and heading, one a line; "" if the reader is to do without.
        sentences: in the document's order, each on one line.
        headings: numbers of the sentences that are headings: read, but no candidates.
        golds: numbers of the sentences that hold an answer; empty if none does.
        span: the short answer to be pointed at, if there is one.
        answers: gold short answers, any of which will do.
    """

    id: str
    kind: str
    source: str
    group: str
    question: str
    context: str
    sentences: tuple[str, ...]
    headings: tuple[int, ...] = ()
    golds: tuple[int, ...] = ()
    span: AnswerSpan | None = None
    answers: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[int, ...]:
        """Numbers of the sentences that can be an answer."""
        return tuple(number for number in range(len(self.sentences)) if number not in self.headings)


def write_windows(path: Path, windows: Iterable[Window]) -> None:
    """Writes one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for window in windows:
            file.write(json.dumps(asdict(window), ensure_ascii=False) + "\n")


def read_windows(path: Path) -> Iterator[Window]:
    """The windows of a file, in its order."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield _window(json.loads(line))


def _window(record: dict[str, Any]) -> Window:
    for name in ("sentences", "headings", "golds", "answers"):
        record[name] = tuple(record[name])
    if record["span"]:
        record["span"] = AnswerSpan(**record["span"])
    return Window(**record)
