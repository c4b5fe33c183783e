"""`pincite eval score`, `compare` and `report`: run files held against the judgments of their questions."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from api.layout import harmless
from api.settings import load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import note, print_json, print_lines
from evals.baseline import read_baseline, shortfalls
from evals.compare import Compared, Flip, compare, flips
from evals.errors import BadRun, PromiseBroken
from evals.judging import Judged, judge
from evals.measures import Difference, Interval
from evals.questions import Split, of_split
from evals.run_file import RunHeader, asked_questions, read_run
from evals.score import OVERALL, Score, Table, tables
from ingest.assembly import open_store
from ingest.store import Snapshot, Store

BY_TYPE = {
    "sentence Hit@10": "retrieved",
    "first citation right": "cited first",
    "citation F1": "citation F1",
    "false refusals": "false refusals",
    "abstention recall": "abstained",
}
"""Measures shown for each type of question, and how their columns are headed; the rest is in the JSON."""

SIGNIFICANT = 0.05  # differences with a p-value below it are marked


def score_run(
    index: Path | None,
    run: Path,
    questions: Path | None,
    split: Split,
    out: Path | None,
    baseline: Path | None,
    *,
    as_json: bool,
) -> int:
    """Holds a run against its questions.

    Raises:
        EvalError: if a file cannot be used; `PromiseBroken` if the scores fall short of the baseline.
        IngestError: if the index cannot be used.
    """
    promised = read_baseline(baseline) if baseline else None
    with _store(index).reading() as live:
        found = tables(_read(live, run, questions, split)[1])
    if out:
        out.write_text(json.dumps(_plain(found), indent=2) + "\n", encoding="utf-8")
    if as_json:
        print_json(_plain(found))
    else:
        print_lines(_score_lines(found))
    if promised and (short := shortfalls(promised, found[OVERALL])):
        raise PromiseBroken(f"{run} falls short of {baseline}: {'; '.join(short)}")
    return ANSWERED


def compare_runs(
    index: Path | None, before: Path, after: Path, questions: Path | None, split: Split, *, as_json: bool
) -> int:
    """Holds one run against another of the same questions.

    Raises:
        BadRun: if they asked different questions.
        EvalError: if a file cannot be used.
        IngestError: if the index cannot be used.
    """
    with _store(index).reading() as live:
        (one, earlier), (other, later) = (_read(live, run, questions, split) for run in (before, after))
    _check_same_questions({before: one, after: other})
    found, turned = compare(earlier, later), flips(earlier, later)
    if as_json:
        print_json(
            {
                "measures": {name: asdict(each) for name, each in found.items()},
                "flipped": [_plain_flip(flip) for flip in turned],
            }
        )
    else:
        print_lines([*_compared_lines(found), "", *_flip_lines(turned)])
    return ANSWERED


def report_runs(
    index: Path | None, runs: list[Path], questions: Path | None, split: Split, html: Path
) -> int:
    """Writes a page about runs of the same questions, side by side.

    Raises:
        EvalError: if a file cannot be used.
        IngestError: if the index cannot be used.
    """
    with _store(index).reading() as live, _drawing():
        # Matplotlib takes a second to import, and the other verbs draw nothing.
        from evals.report import JudgedRun, write_report

        judged = [(run, *_read(live, run, questions, split)) for run in runs]
        _check_same_questions({run: header for run, header, _ in judged})
        write_report(
            [JudgedRun(run.stem, header, items, tables(items)) for run, header, items in judged], live, html
        )
    note(f"wrote {html}")
    return ANSWERED


def _store(index: Path | None) -> Store:
    return open_store(load_settings({"index": index}))


def _read(
    live: Snapshot, run: Path, questions: Path | None, split: Split
) -> tuple[RunHeader, tuple[Judged, ...]]:
    header, asked = read_run(run)
    return header, judge(live, asked, of_split(asked_questions(run, header, questions), split))


def _check_same_questions(headers: Mapping[Path, RunHeader]) -> None:
    first, *others = headers.items()
    for path, header in others:
        if header.questions != first[1].questions:
            raise BadRun(f"{first[0]} and {path} asked different questions: name runs of the same ones")


@contextmanager
def _drawing() -> Iterator[None]:
    """Matplotlib keeps a list of fonts; nothing is to be written that nobody asked for."""
    with TemporaryDirectory() as folder:
        os.environ.setdefault("MPLCONFIGDIR", folder)
        yield


def _score_lines(found: Mapping[str, Table]) -> Iterator[str]:
    """Every measure overall, with its interval and n; what tells most of each type of question."""
    yield f"{'':24}   value  95 % interval       n"
    for measure, score in found[OVERALL].items():
        yield f"{measure:24} {_number(score.value)}  {_interval(score.interval):16} {score.n:4}"
    yield "\n" + f"{'':24} " + " ".join(f"{label:>14}" for label in BY_TYPE.values())
    for name, table in found.items():
        yield f"{name:24} " + " ".join(_cell(table[measure]) for measure in BY_TYPE)


def _cell(score: Score) -> str:
    return f"{_number(score.value)} n={score.n:<4}"


def _compared_lines(found: Mapping[str, Compared]) -> Iterator[str]:
    yield f"{'':24}  before   after   change  95 % interval        p    n"
    for name, each in found.items():
        if each.difference is not None:
            yield f"{name:24} {_number(each.before)} {_number(each.after)} {_change(each.difference)}"
    yield f"* p < {SIGNIFICANT}; of twenty measures that did not change, one is expected to look so"


def _change(difference: Difference) -> str:
    mark = "*" if difference.p_value < SIGNIFICANT else " "
    interval = _interval(difference.interval)
    return f"{difference.mean:+8.3f}  {interval:16} {difference.p_value:.4f}{mark} {difference.n:4}"


def _flip_lines(turned: tuple[Flip, ...]) -> Iterator[str]:
    yield f"questions flipped: {len(turned)}"
    for flip in turned:
        question = flip.before.question
        yield harmless(f"{question.id} {question.type}: {question.question}")
        for name, item in (("before", flip.before), ("after", flip.after)):
            yield harmless(f"  {name:6} {_verdict(item)}: {item.said or '(abstained)'}")


def _plain(found: Mapping[str, Table]) -> dict[str, dict[str, object]]:
    return {
        name: {measure: asdict(score) for measure, score in table.items()} for name, table in found.items()
    }


def _plain_flip(flip: Flip) -> dict[str, object]:
    before, after = (
        {"verdict": _verdict(item), "answer": item.said, "confidence": item.asked.confidence}
        for item in (flip.before, flip.after)
    )
    question = flip.before.question
    return {"id": question.id, "question": question.question, "before": before, "after": after}


def _verdict(item: Judged) -> str:
    return {True: "right", False: "wrong", None: "not judged"}[item.right]


def _number(value: float | None) -> str:
    return "      –" if value is None else f"{value:7.3f}"


def _interval(interval: Interval | None) -> str:
    return f"[{interval.low:.3f}, {interval.high:.3f}]" if interval else "–"
