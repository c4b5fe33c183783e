"""Damage to an index on disk: is it found, named and repaired, and are the answers the same as before?

Over the sample corpus with the models it comes with. A page is overwritten with random bytes, so it is the
text of some documents, the lexical index, a table of Chroma's, or free space that nobody misses.
"""

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.settings import Settings
from api.upkeep import examine_all, mend_all
from benchmarks.survival.damages import BOOK, VECTORS, overwrite_head, overwrite_page
from benchmarks.survival.processes import apart
from benchmarks.survival.recording import ROOT, Order, add_trial, record, trials_in
from evals.questions import read_questions
from ingest.assembly import open_builder
from ingest.build import unwatched
from ingest.errors import IngestError
from ingest.upkeep.findings import is_sound
from qa.answers import Answer
from qa.assembly import open_assistant
from qa.questions import Question

TRIALS = 30
QUESTIONS = 8
LOG = "corruption.jsonl"


@dataclass(frozen=True, slots=True)
class Trial:
    """What was damaged, what was found of it, and what became of it.

    Attributes:
        part: what was damaged.
        found: what the doctor said of it.
        asked: what whoever asked was told of it; "" if all answers were as before.
        mended: what the repair said it did.
        lost: what it said it could not bring back.
        is_sound: whether the doctor is content afterwards.
        is_same: whether all answers are as before, claims and citations alike.
    """

    part: str
    found: tuple[str, ...]
    asked: str
    mended: tuple[str, ...]
    lost: tuple[str, ...]
    is_sound: bool
    is_same: bool


def run(order: Order) -> None:
    """Damages as often as ordered, going on where an earlier run was ended."""
    base = order.work / "corruption"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    shutil.copytree(ROOT / "corpus", base / "folder")
    apart(_ingest, base / "before", base / "folder")
    (base / "others").mkdir()
    (base / "others/lamp.txt").write_text("A lamp stands in the hall. It is green.", encoding="utf-8")
    apart(_ingest, base / "other", base / "others")
    answers = apart(_answers, base / "before")
    log = order.out / LOG
    for number in range(len(trials_in(log)), order.amount or TRIALS):
        trial = _try(base, answers, number, order.seed)
        add_trial(log, trial)
        print(number, trial, flush=True)
    record(order, "corruption", _figures(trials_in(log)))


def _try(base: Path, answers: str, number: int, seed: int) -> Trial:
    index = base / "index"
    shutil.rmtree(index, ignore_errors=True)
    shutil.copytree(base / "before", index)
    part = list(DAMAGE)[number % len(DAMAGE)]
    DAMAGE[part](base, index, random.Random(f"{seed} {number}"))
    found, asked = apart(_examine, index), apart(_answers, index)
    mended, lost = apart(_mend, index, base / "folder")
    after = apart(_examine, index)
    return Trial(
        part,
        found,
        "" if asked == answers else "another answer" if asked.startswith("[") else asked[:300],
        mended,
        lost,
        not after,
        apart(_answers, index) == answers,
    )


def _damage_page(_: Path, index: Path, drawn: random.Random) -> None:
    overwrite_page(index / BOOK, drawn)


def _damage_header(_: Path, index: Path, drawn: random.Random) -> None:
    overwrite_head(index / BOOK, drawn)


def _damage_vectors_page(_: Path, index: Path, drawn: random.Random) -> None:
    overwrite_page(index / VECTORS / "chroma.sqlite3", drawn)


def _lose_vectors(_base: Path, index: Path, _: random.Random) -> None:
    shutil.rmtree(index / VECTORS)


def _put_foreign_vectors(base: Path, index: Path, _: random.Random) -> None:
    shutil.rmtree(index / VECTORS)
    shutil.copytree(base / "other" / VECTORS, index / VECTORS)


DAMAGE: dict[str, Callable[[Path, Path, random.Random], None]] = {
    "a page of the book of record": _damage_page,
    "a page of Chroma's tables": _damage_vectors_page,
    "Chroma's folder, lost": _lose_vectors,
    "Chroma's folder, of another index": _put_foreign_vectors,
    "the head of the book of record": _damage_header,
}


def _ingest(index: Path, folder: Path) -> None:
    open_builder(Settings(index=index)).ingest([str(folder)])


def _answers(index: Path) -> str:
    """Answers with their citations, as JSON; or what was told instead of them."""
    questions = read_questions(ROOT / "evals/questions.jsonl")[3 : 3 + QUESTIONS]
    try:
        assistant = open_assistant(Settings(index=index))
        outcomes = [assistant.ask(Question(each.question)) for each in questions]
    except IngestError as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - whatever else is told is noted, and is wrong
        return f"not foreseen: {error!r}"
    told = [
        [(claim.text, [(each.document.id, each.quote, each.span.start) for each in claim.citations])
         for claim in outcome.claims] if isinstance(outcome, Answer) else []
        for outcome in outcomes
    ]  # fmt: skip
    return json.dumps(told)


def _examine(index: Path) -> tuple[str, ...]:
    try:
        findings = examine_all(Settings(index=index))
    except IngestError as error:
        return (f"{type(error).__name__}: {error}",)
    return () if is_sound(findings) else tuple(f"{each.part}: {each.told}" for each in findings)


def _mend(index: Path, folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    outcome = mend_all(Settings(index=index), [str(folder)], unwatched)
    return outcome.done, outcome.lost


def _figures(trials: Sequence[dict[str, Any]]) -> dict[str, object]:
    return {part: _counted([each for each in trials if each["part"] == part]) for part in DAMAGE}


def _counted(trials: Sequence[dict[str, Any]]) -> dict[str, object]:
    harmed = [each for each in trials if each["found"] or each["asked"]]
    return {
        "damaged": len(trials),
        "nothing was there": len(trials) - len(harmed),
        "found": sum(bool(each["found"]) for each in harmed),
        "silently another answer": sum(each["asked"] == "another answer" for each in harmed),
        "not foreseen": sum(each["asked"].startswith("not foreseen") for each in harmed),
        "sound afterwards": sum(each["is_sound"] for each in trials),
        "same answers afterwards": sum(each["is_same"] for each in trials),
        "lost": sum(bool(each["lost"]) for each in trials),
        "told": dict(Counter(each["asked"].partition(":")[0] for each in harmed)),
    }
