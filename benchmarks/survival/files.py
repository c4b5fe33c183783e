"""Thousands of damaged files of every format, read in a process that may be killed.

A file may be refused with a reason or read; nothing may be raised, hang, take the process down or name a
folder of the machine. What goes wrong is kept in OUT/files/failed/. Goes on where an earlier run was ended.
"""

import dataclasses
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.survival.mutations import mutate
from benchmarks.survival.processes import FORKED
from benchmarks.survival.reading_child import MEMORY, Reading, read_files
from benchmarks.survival.recording import Order, record, trials_in
from benchmarks.survival.seeds import FORMATS, seeds_of

FILES = 5_000  # of each format
SLOWEST = 60.0  # seconds after which a file counts as hanging
FRESH = 500  # files after which the process is replaced


def run(order: Order) -> None:
    """Reads files of all formats in turn; prints how many are left if its slice of time is over."""
    out = order.out / "files"
    (out / "failed").mkdir(parents=True, exist_ok=True)
    (order.work / "files").mkdir(parents=True, exist_ok=True)
    wanted, until, left = order.amount or FILES, time.monotonic() + order.seconds, 0
    for kind in FORMATS:
        log = out / f"{kind}.jsonl"
        done = len(trials_in(log))
        share = time.monotonic() + max(0.0, until - time.monotonic()) / (len(FORMATS) - FORMATS.index(kind))
        left += wanted - _read_some(order, kind, range(done, wanted), log, share)
    record(order, "files", {kind: _figures(trials_in(out / f"{kind}.jsonl")) for kind in FORMATS})
    print(f"{left} files to go" + (": run it again" if left else ""), flush=True)


def _read_some(order: Order, kind: str, numbers: range, log: Path, until: float) -> int:
    """Reads files of these numbers, until a time; returns how many have been read in all."""
    seeds, child = seeds_of(kind), _Child(order.work / "files")
    done = numbers.start
    with log.open("a", encoding="utf-8") as lines:
        for number in numbers:
            if time.monotonic() > until:
                break
            data = mutate(kind, seeds, random.Random(f"{order.seed} {kind} {number}"))
            reading = child.read(f"damaged.{kind}", data)
            if reading.faults:
                (order.out / "files/failed" / f"{number}.{kind}").write_bytes(data)
            lines.write(json.dumps({"number": number, **dataclasses.asdict(reading)}) + "\n")
            done += 1
    child.end()
    return done


class _Child:
    """The reading process, started anew when it died, was killed, or read enough."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Any = None
        self._read = 0

    def read(self, name: str, data: bytes) -> Reading:
        if self._process is None or self._read % FRESH == FRESH - 1:
            self.end()
            self._start()
        self._read += 1
        (self._folder / name).write_bytes(data)
        self._requests.send(name)
        try:
            if self._told.poll(SLOWEST):
                reading: Reading = self._told.recv()
                return reading
        except EOFError:
            self._process.join()
            return self._lost(f"the process died: exit code {self._process.exitcode}", 0.0)
        return self._lost("hangs", SLOWEST)

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def _lost(self, fault: str, seconds: float) -> Reading:
        self.end()
        return Reading(0, (), (fault,), seconds, 0.0)

    def _start(self) -> None:
        theirs, self._requests = FORKED.Pipe(duplex=False)
        self._told, ours = FORKED.Pipe(duplex=False)
        self._process = FORKED.Process(target=read_files, args=(self._folder, theirs, ours), daemon=True)
        self._process.start()
        theirs.close()
        ours.close()


def _figures(readings: Sequence[dict[str, Any]]) -> dict[str, object]:
    seconds = sorted(reading["seconds"] for reading in readings)
    reasons = Counter(reason.partition("(")[0][:60] for reading in readings for reason in reading["skipped"])
    return {
        "files": len(readings),
        "read": sum(reading["documents"] > 0 for reading in readings),
        "refused": sum(reading["documents"] == 0 and not reading["faults"] for reading in readings),
        "faults": {
            str(reading["number"]): reading["faults"][0][-400:] for reading in readings if reading["faults"]
        },
        "median seconds": seconds[len(seconds) // 2] if seconds else None,
        "slowest": max(seconds, default=None),
        "most megabytes": max((reading["megabytes"] for reading in readings), default=None),
        "limits": {"seconds": SLOWEST, "megabytes": MEMORY / 1e6},
        "reasons": dict(reasons.most_common(12)),
    }
