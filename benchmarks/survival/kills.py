"""kill -9 at random moments of everything that changes an index.

Half of the processes are killed by the clock, half at a call drawn from all calls into our code, so that
quick steps are met as often as slow ones. After each: everything live is looked at, every citation made
before is resolved, the operation is done again to its end, and everything is looked at once more.
"""

import dataclasses
import json
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.survival.dying import Place, Seen, change, change_until, look, make_base
from benchmarks.survival.fates import AFTER, OLD, write
from benchmarks.survival.processes import FORKED, apart
from benchmarks.survival.recording import Order, record

KILLS = 200
LOG = "kills.jsonl"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an operation takes that nobody kills."""

    seconds: float
    calls: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One killed process and what it left; `moment` is `0.123 s` or `call 456 of 789`."""

    operation: str
    moment: str
    killed: bool
    left: Seen
    completed: Seen


def run(order: Order) -> None:
    """Kills as many as ordered, going on where an earlier run was ended."""
    base = order.work / "kills"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True)
    origin = Place(base / "before", base / "folder", base / "citations.json")
    write(origin.folder, OLD)
    apart(make_base, origin)
    paces = {operation: _pace(origin, operation) for operation in AFTER}
    log = order.out / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    number, wanted = 0, order.amount or KILLS
    while (left := wanted - sum(trial["killed"] for trial in _trials(log))) > 0:
        print(f"{left} kills to go", flush=True)
        number += 1
        drawn = random.Random(f"{order.seed} {wanted - left} {number}")
        operation = list(AFTER)[(wanted - left) % len(AFTER)]
        trial = _try(origin, operation, paces[operation], drawn)
        with log.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(dataclasses.asdict(trial)) + "\n")
    record(order, "kills", _figures(list(_trials(log))))


def _pace(origin: Place, operation: str) -> Pace:
    place = _copy(origin, operation)
    _, seconds, _ = _live_or_die(place, operation, 0, None)
    place = _copy(origin, operation)
    _, _, calls = _live_or_die(place, operation, -1, None)
    seen = apart(look, place, operation, is_complete=True)
    if seen.faults:
        raise SystemExit(f"{operation}, killed by nobody: {seen.faults[:3]}")
    return Pace(seconds, calls)


def _try(origin: Place, operation: str, pace: Pace, drawn: random.Random) -> Trial:
    place = _copy(origin, operation)
    if drawn.random() < 0.5:
        delay = drawn.uniform(0, pace.seconds)
        moment = f"{delay:.3f} s of {pace.seconds:.3f}"
        killed, _, _ = _live_or_die(place, operation, 0, delay)
    else:
        call = drawn.randint(1, pace.calls)
        moment = f"call {call} of {pace.calls}"
        killed, _, _ = _live_or_die(place, operation, call, None)
    left = apart(look, place, operation, is_complete=False)
    apart(change, place, operation)
    return Trial(operation, moment, killed, left, apart(look, place, operation, is_complete=True))


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


def _copy(origin: Place, operation: str) -> Place:
    """A fresh copy of the index; the folder keeps its path, which the index knows."""
    index = origin.index.with_name("index")
    shutil.rmtree(index, ignore_errors=True)
    shutil.copytree(origin.index, index)
    write(origin.folder, AFTER[operation])
    return Place(index, origin.folder, origin.citations)


def _trials(log: Path) -> Iterator[dict[str, Any]]:
    if log.exists():
        yield from map(json.loads, log.read_text(encoding="utf-8").splitlines())


def _figures(trials: list[dict[str, Any]]) -> dict[str, object]:
    return {
        operation: _counted([each for each in trials if each["operation"] == operation])
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
