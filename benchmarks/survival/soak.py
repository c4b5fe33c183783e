"""The soak: hours of mixed load against one `pincite serve`, and whether anything grows meanwhile.

Something is asked every two seconds, a file is uploaded in place of an earlier one each minute, one is
deleted every ten, all are read again every twenty. What is kept stays as much: conversations are deleted,
uploads replace each other. So after a warm-up nothing has a reason to grow.
"""

import dataclasses
import json
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.load_server import PINCITE, Served, strange_files
from benchmarks.survival.mixed_load import Users
from benchmarks.survival.recording import ROOT, Order, record
from benchmarks.survival.slopes import slope_of
from evals.questions import read_questions

MINUTES = 120
WARM_UP = 20  # minutes: models are loaded, every name was uploaded, allocators have found their size
TICK = 2.0  # seconds between two actions
AT_ONCE = 4
DELETE_EACH, REINDEX_EACH = 10, 20  # minutes
WATCHED = ("resident_mb", "handles", "threads", "folder_mb")


def run(order: Order) -> None:
    """Runs it, writing figures every minute."""
    folder = order.work / "soak"
    shutil.rmtree(folder, ignore_errors=True)
    index, log = folder / "index", folder / "server.log"
    folder.mkdir(parents=True)
    subprocess.run([*PINCITE, "ingest", str(ROOT / "corpus"), "--index", str(index)], check=True)
    questions = [question.question for question in read_questions(ROOT / "evals/questions.jsonl")]
    with Served(index, log) as server:
        users = Users(server.url, questions, _paddings(index), order.seed)
        _Soak(order, server, users, index, log).go()


def _paddings(index: Path) -> Iterator[str]:
    return (text for _, text in strange_files(index))


class _Soak:
    def __init__(self, order: Order, server: Served, users: Users, index: Path, log: Path) -> None:
        self._order, self._server, self._users = order, server, users
        self._index, self._log = index, log
        self._minutes = order.amount or MINUTES
        self._samples: list[dict[str, float]] = []
        self._started = time.monotonic()

    def go(self) -> None:
        chores = threading.Thread(target=self._do_chores, name="chores")
        chores.start()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for tick in range(int(self._minutes * 60 / TICK)):
                self._wait_until(tick * TICK)
                pool.submit(self._users.act)
        chores.join()
        self._record(is_over=True)

    def _do_chores(self) -> None:
        for minute in range(self._minutes + 1):
            self._wait_until(60.0 * minute)
            self._users.watched("scrape", self._users.scrape)
            self._samples.append(_sample(minute, self._server.pid, self._index))
            self._record(is_over=False)
            for name, chore in self._chores_of(minute):
                self._users.watched(name, chore)

    def _chores_of(self, minute: int) -> Iterator[tuple[str, Callable[[], None]]]:
        if minute == self._minutes:
            return
        yield "upload", self._users.upload
        if minute % DELETE_EACH == DELETE_EACH - 1:
            yield "delete", self._users.delete
        if minute % REINDEX_EACH == REINDEX_EACH - 1:
            yield "reindex", self._users.reindex

    def _wait_until(self, seconds: float) -> None:
        """Until so many seconds of load are over."""
        time.sleep(max(0.0, self._started + seconds / self._order.pace - time.monotonic()))

    def _record(self, *, is_over: bool) -> None:
        steady = [sample for sample in self._samples if sample["minute"] >= WARM_UP]
        minutes = [sample["minute"] for sample in steady]
        figures = {
            "minutes": self._samples[-1]["minute"],
            "is_over": is_over,
            "warm_up": WARM_UP,
            "pace": self._order.pace,
            "arenas": os.environ.get("MALLOC_ARENA_MAX"),
            "done": dict(self._users.done),
            "wrong": dict(self._users.wrong),
            "logged": _levels(self._log),
            "slopes": {
                name: dataclasses.asdict(slope_of(minutes, [sample[name] for sample in steady]))
                for name in WATCHED
                if len(steady) > 2
            },
            "samples": self._samples,
        }
        record(self._order, "soak", figures)


def _sample(minute: int, pid: int, index: Path) -> dict[str, float]:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in status)
    return {
        "minute": minute,
        "resident_mb": int(told["VmRSS"].split()[0]) / 1000,
        "handles": len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208 - names are enough
        "threads": int(told["Threads"]),
        "folder_mb": _bytes_in(index) / 1e6,
    }


def _bytes_in(folder: Path) -> int:
    taken = 0
    for file in folder.rglob("*"):
        try:
            taken += file.stat().st_size
        except FileNotFoundError:  # a log that is written over, an upload that was replaced
            continue
    return taken


def _levels(log: Path) -> dict[str, int]:
    """Lines of the server's log above `info`, by level and what they say, and lines that are no JSON."""
    counted: Counter[str] = Counter()
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            counted[f"no JSON: {line[:120]}"] += 1
            continue
        if told["level"] not in ("debug", "info"):
            counted[f"{told['level']}: {told['message'][:120]}"] += 1
    return dict(counted)
