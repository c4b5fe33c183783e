"""Which sentence segmenter: libraries bare, and consulted by `split_sentences`, on the golden table.

Run from the repository root, with as many of the libraries installed as you like::

    python benchmarks/sentences.py

Prints two Markdown tables: accuracy (exact cases and boundary F1, tuned and held-out) and cost. A
library that is not installed is listed as such. Last releases are as the package index named them
in November 2026.
"""

import importlib
import importlib.util
import json
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import distribution
from itertools import accumulate
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it runs without an install

from ingest.documents import Document
from ingest.sentences import Segmenter, split_sentences

GOLDEN = Path(__file__).parents[1] / "tests/data/sentences.jsonl"
SPEED_CHARACTERS = 400_000
SLOW_CHARACTERS = 40_000

Split = Callable[[str], list[str]]


class Case(NamedTuple):
    """One line of the golden table: a text, its sentences, and whether rules were never tuned on it."""

    text: str
    sentences: tuple[str, ...]
    held_out: bool


class Library(NamedTuple):
    """A candidate: distribution, module to import, licence, last release, and how to split with it."""

    name: str
    module: str
    licence: str
    released: str
    open: Callable[[ModuleType], Split]
    slow: bool = False


class Score(NamedTuple):
    """Cases split exactly right, of how many, and the micro-averaged F1 of the boundaries in them."""

    exact: int
    cases: int
    f1: float

    def __str__(self) -> str:
        return f"{self.exact}/{self.cases} ({self.exact / self.cases:.1%}), F1 {self.f1:.3f}"


class PiecewiseSegmenter:
    """Turns a library that returns pieces of text into one that proposes boundaries.

    Pieces are aligned by counting visible characters, never searched for.
    """

    def __init__(self, split: Split) -> None:
        self._split = split

    def boundaries(self, text: str) -> list[int]:
        """Where the pieces end, as offsets into `text`."""
        seen = list(accumulate(not character.isspace() for character in text))
        ends = _ends(self._split(text))
        return [bisect_left(seen, end) + 1 for end in ends if seen and end <= seen[-1]]


class SilentSegmenter:
    """Proposes nothing: what our rules decide alone, joining where they are silent."""

    def boundaries(self, text: str) -> list[int]:  # noqa: ARG002 the protocol wants it
        """No boundary at all."""
        return []


class EagerSegmenter:
    """Proposes everything: what our rules decide alone, cutting where they are silent."""

    def boundaries(self, text: str) -> range:
        """Every offset."""
        return range(len(text) + 1)


def open_nupunkt(module: ModuleType) -> Split:
    """Its built-in model, by spans."""
    tokenizer = module.load("default")
    return lambda text: [text[start:end] for start, end in tokenizer.span_tokenize(text)]


def open_sentencex(module: ModuleType) -> Split:
    """English rules, by spans."""
    return lambda text: [piece["text"] for piece in module.get_sentence_boundaries("en", text)]


def open_blingfire(module: ModuleType) -> Split:
    """The default model; it returns one sentence a line."""
    return lambda text: module.text_to_sentences(text).split("\n") if text.strip() else []


def open_syntok(module: ModuleType) -> Split:
    """Token by token, put together again."""

    def split(text: str) -> list[str]:
        paragraphs = module.process(text)
        return ["".join(t.spacing + t.value for t in s) for paragraph in paragraphs for s in paragraph]

    return split


def open_pysbd(module: ModuleType) -> Split:
    """English rules; `clean=False` leaves the text alone."""
    segmenter = module.Segmenter(language="en", clean=False)
    return lambda text: [str(piece) for piece in segmenter.segment(text)]


def open_spacy(module: ModuleType) -> Split:
    """The rule-based sentencizer: no model to download."""
    pipeline = module.blank("en")
    pipeline.add_pipe("sentencizer")
    pipeline.max_length = 10**9
    return lambda text: [sentence.text for sentence in pipeline(text).sents]


LIBRARIES = (
    Library("nupunkt", "nupunkt", "MIT", "2026-09", open_nupunkt),
    Library("sentencex", "sentencex", "MIT", "2026-09", open_sentencex),
    Library("blingfire", "blingfire", "MIT", "2021-09", open_blingfire),
    Library("syntok", "syntok.segmenter", "MIT", "2022-03", open_syntok),
    Library("pysbd", "pysbd", "MIT", "2021-02", open_pysbd, slow=True),
    Library("spacy", "spacy", "MIT", "2026-10", open_spacy),
)


def main() -> None:
    """Measure everything and print it."""
    cases = read_cases()
    installed = [library for library in LIBRARIES if is_installed(library)]
    print("| library | used | tuned | held out |\n|---|---|---|---|")
    report("rules only, joining where silent", "wrapped", wrapped(SilentSegmenter()), cases)
    report("rules only, cutting where silent", "wrapped", wrapped(EagerSegmenter()), cases)
    for library in installed:
        split = library.open(importlib.import_module(library.module))
        report(library.name, "bare", split, cases)
        report(library.name, "wrapped", wrapped(PiecewiseSegmenter(split)), cases)
    print("\n| library | version | licence | last release | size | import + load | speed bare |")
    print("|---|---|---|---|---|---|---|")
    for library in LIBRARIES:
        print(cost(library) if library in installed else f"| {library.name} | not installed | | | | | |")
    print(f"\n`split_sentences` as shipped: {speed(as_shipped, SPEED_CHARACTERS, whole=True)}")
    print(asked_share(cases))


def report(name: str, used: str, split: Split, cases: Sequence[Case]) -> None:
    """One row of the accuracy table."""
    tuned = measure(split, [case for case in cases if not case.held_out])
    held_out = measure(split, [case for case in cases if case.held_out])
    print(f"| {name} | {used} | {tuned} | {held_out} |")


def read_cases() -> list[Case]:
    """The golden table; where a line names no text, its sentences stand one space apart."""
    rows = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    return [
        Case(row.get("text") or " ".join(row["sentences"]), tuple(row["sentences"]), "held_out" in row)
        for row in rows
    ]


def wrapped(segmenter: Segmenter) -> Split:
    """Ours, when it may ask `segmenter`."""
    return lambda text: [sentence.text for sentence in split_sentences(Document("d", "d", text), segmenter)]


def as_shipped(text: str) -> list[str]:
    """The sentences of `text` with the segmenter the application uses."""
    return [sentence.text for sentence in split_sentences(Document("d", "d", text))]


def measure(split: Split, cases: Sequence[Case]) -> Score:
    """Exact cases and boundary F1; the end of a text counts as no boundary."""
    exact = agreed = expected = proposed = 0
    for case in cases:
        want, got = _ends(case.sentences)[:-1], _ends(split(case.text))[:-1]
        exact += want == got
        agreed += len(set(want) & set(got))
        expected += len(want)
        proposed += len(got)
    return Score(exact, len(cases), 2 * agreed / (expected + proposed))


def _ends(pieces: Iterable[str]) -> list[int]:
    """Where each piece that is not blank ends, in visible characters from the start."""
    lengths = [len("".join(piece.split())) for piece in pieces]
    return list(accumulate(length for length in lengths if length))


def is_installed(library: Library) -> bool:
    """Whether the library can be imported, without importing it."""
    return importlib.util.find_spec(library.module.partition(".")[0]) is not None


def cost(library: Library) -> str:
    """One row of the cost table."""
    split = library.open(importlib.import_module(library.module))
    limit = SLOW_CHARACTERS if library.slow else SPEED_CHARACTERS
    version = distribution(library.name).version
    return (
        f"| {library.name} | {version} | {library.licence} | {library.released} "
        f"| {installed_megabytes(library.name):.1f} MB | {import_milliseconds(library):.0f} ms "
        f"| {speed(split, limit)} |"
    )


def installed_megabytes(name: str) -> float:
    """Size of the distribution's own files, without what it requires."""
    files = distribution(name).files or []
    paths = (Path(str(file.locate())) for file in files if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.exists()) / 1e6


def import_milliseconds(library: Library) -> float:
    """Import and first sentence in a fresh process, best of three, in milliseconds."""
    code = (
        "import time; a = time.perf_counter(); import importlib; "
        f"m = importlib.import_module({library.module!r}); loaded = time.perf_counter(); "
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import sentences; "
        f"b = time.perf_counter(); sentences.{library.open.__name__}(m)('A b. C d.'); "
        "print(time.perf_counter() - b + loaded - a)"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(3)]
    return 1000 * min(float(run.stdout) for run in runs)


def speed(split: Split, characters: int, whole: bool = False) -> str:
    """MB and sentences a second, paragraph by paragraph or all as one `whole` document."""
    paragraphs = generated_paragraphs(characters)
    split(paragraphs[0])
    texts = ["\n\n".join(paragraphs)] if whole else paragraphs
    begin = time.perf_counter()
    sentences = sum(len(split(text)) for text in texts)
    seconds = time.perf_counter() - begin
    return f"{characters / 1e6 / seconds:.1f} MB/s, {sentences / seconds:,.0f} sentences/s"


def generated_paragraphs(characters: int) -> list[str]:
    """Paragraphs of five sentences of about 110 characters, with figures, names and quotations."""
    paragraphs: list[str] = []
    written = 0
    while written < characters:
        number = len(paragraphs)
        paragraphs.append(
            f"The harbour office recorded {number} arrivals in the spring, about {number % 97}.5 percent "
            "more than in the year before. Dr. Elsa Brandt of the U.S. Geological Survey said the figures "
            'were incomplete. "We count what we can see," she told the council, "and the fog was thick '
            f'for most of March." Ships over {number % 40 + 3} m had to register at No. {number % 30} Quay '
            "Street by 9 a.m. and pay $1.6 million in fees, according to the rules that the port adopted "
            "in Jan. 1998. Nobody objected to that."
        )
        written += len(paragraphs[-1]) + 2
    return paragraphs


def asked_share(cases: Sequence[Case]) -> str:
    """On how many golden texts our rules are silent somewhere, so that the library decides."""
    asked: list[str] = []

    class Recording(SilentSegmenter):
        def boundaries(self, text: str) -> list[int]:
            asked.append(text)
            return []

    for case in cases:
        wrapped(Recording())(case.text)
    return f"The library is asked on {len(asked)} stretches of prose in {len(cases)} cases."


if __name__ == "__main__":
    main()
