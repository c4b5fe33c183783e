"""kill -9 at random moments of everything that changes an index.

Half of the processes are killed by the clock, half at a call drawn from all calls into our code, so that
quick steps are met as often as slow ones. After each: everything live is looked at, every citation made
before is resolved, the operation is done again to its end, and everything is looked at once more.

A migration brings the book of record and the conversations to a later layout. A repair begins with an index
that was damaged; what refuses to answer then is in order, until the repair has come to its end.
"""

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.survival.damages import DAMAGES
from benchmarks.survival.dying import Place, change, change_until, make_base
from benchmarks.survival.fates import AFTER, OLD, write
from benchmarks.survival.layouts import undo_conversations
from benchmarks.survival.looking import Seen, look
from benchmarks.survival.processes import FORKED, apart
from benchmarks.survival.recording import Order, add_trial, record, trials_in

KILLS = 240
LOG = "kills.jsonl"


@dataclass(frozen=True, slots=True, order=True)
class Task:
    """What is to be killed: an operation, for a repair with what is damaged before."""

    operation: str
    damage: str = ""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an operation takes that nobody kills."""

    seconds: float
    calls: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One killed process and what it left; `moment` is `0.123 s` or `call 456 of 789`."""

    task: Task
    moment: str
    killed: bool
    left: Seen
    completed: Seen


def run(order: Order) -> None:
    """Kills as many as ordered, going on where an earlier run was ended."""
    base = order.work / "kills"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    origin = Place(base / "before", base / "folder")
    write(origin.folder, OLD)
    apart(make_base, origin)
    log = order.out / LOG
    paces: dict[Task, Pace] = {}
    number, wanted = 0, order.amount or KILLS
    while (done := sum(trial["killed"] for trial in trials_in(log))) < wanted:
        print(f"{wanted - done} kills to go", flush=True)
        number += 1
        drawn = random.Random(f"{order.seed} {done} {number}")
        task = _task(done)
        if task not in paces:
            paces[task] = _pace(origin, task)
        trial = _try(origin, task, paces[task], drawn)
        add_trial(log, trial)
    record(order, "kills", _figures(trials_in(log)))


def _task(number: int) -> Task:
    """Operations in turn, and the damages of repairs in turn."""
    turn, at = divmod(number, len(AFTER))
    operation = list(AFTER)[at]
    return Task(operation, list(DAMAGES)[turn % len(DAMAGES)] if operation == "repair" else "")


def _pace(origin: Place, task: Task) -> Pace:
    place = _copy(origin, task, random.Random(task.damage))
    _, seconds, _ = _live_or_die(place, task.operation, 0, None)
    place = _copy(origin, task, random.Random(task.damage))
    _, _, calls = _live_or_die(place, task.operation, -1, None)
    seen = apart(look, place, task.operation, is_complete=True)
    if seen.faults:
        raise SystemExit(f"{task}, killed by nobody: {seen.faults[:3]}")
    return Pace(seconds, calls)


def _try(origin: Place, task: Task, pace: Pace, drawn: random.Random) -> Trial:
    place = _copy(origin, task, drawn)
    if drawn.random() < 0.5:
        delay = drawn.uniform(0, pace.seconds)
        moment = f"{delay:.3f} s of {pace.seconds:.3f}"
        killed, _, _ = _live_or_die(place, task.operation, 0, delay)
    else:
        call = drawn.randint(1, pace.calls)
        moment = f"call {call} of {pace.calls}"
        killed, _, _ = _live_or_die(place, task.operation, call, None)
    left = apart(look, place, task.operation, is_complete=False)
    apart(change, place, task.operation)
    return Trial(task, moment, killed, left, apart(look, place, task.operation, is_complete=True))


def _live_or_die(place: Place, operation: str, fatal: int, delay: float | None) -> tuple[bool, float, int]:
    """Whether it was killed, how many seconds it took, how many calls there were."""
    ours, theirs = FORKED.Pipe(duplex=False)
    process = FORKED.Process(target=change_until, args=(place, operation, fatal, theirs))
    process.start()
    theirs.close()
    ours.recv()
    started = time.perf_counter()
    if delay is not None:
        time.sleep(delay)
        process.kill()
    calls = _received(ours)
    seconds = time.perf_counter() - started
    process.join()
    return process.exitcode == -signal.SIGKILL, seconds, calls


def _received(told: Connection) -> int:
    try:
        return int(told.recv())
    except EOFError:
        return 0


def _copy(origin: Place, task: Task, drawn: random.Random) -> Place:
    """A fresh copy of the index, as the task is to find it; the folder keeps its path, which the index knows.

    It is at a path of its own: whom a killed repair had started might look at the next one's index else.
    """
    copies = origin.index.parent / "copies"
    shutil.rmtree(copies, ignore_errors=True)
    index = copies / f"{drawn.getrandbits(64):x}"
    shutil.copytree(origin.index, index)
    write(origin.folder, AFTER[task.operation])
    if task.operation == "migrate":
        undo_conversations(index)
    if task.damage:
        DAMAGES[task.damage](index, drawn)
    return Place(index, origin.folder)


def _figures(trials: list[dict[str, Any]]) -> dict[str, object]:
    return {
        operation: _counted([each for each in trials if each["task"]["operation"] == operation])
        for operation in AFTER
    } | {"all": _counted(trials)}


def _counted(trials: list[dict[str, Any]]) -> dict[str, object]:
    killed = [trial for trial in trials if trial["killed"]]
    return {
        "kills": len(killed),
        "by the clock": sum(" s of " in trial["moment"] for trial in killed),
        "ended before it was killed": len(trials) - len(killed),
        "left": Counter(trial["left"]["state"] for trial in killed),
        "verdicts": _sum(trial["left"]["verdicts"] for trial in killed),
        "verdicts after completing": _sum(trial["completed"]["verdicts"] for trial in killed),
        "vectors looked for": sum(
            sum(trial[at]["passages"] for at in ("left", "completed")) for trial in trials
        ),
        "vectors not reached": sum(
            trial[at]["unreached"] for trial in trials for at in ("left", "completed")
        ),
        "faults": [fault for trial in trials for fault in trial["left"]["faults"]],
        "faults after completing": [fault for trial in trials for fault in trial["completed"]["faults"]],
    }


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)
