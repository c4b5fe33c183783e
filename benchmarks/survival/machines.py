"""Bad machines: disks without room, folders that may not be written, too few handles, clocks that go back.

Each case must be told clearly, must leave nothing half-done, and must work again when the machine is mended.
It mounts small disks, so it wants root on Linux.
"""

import dataclasses
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.load_server import PINCITE
from benchmarks.survival import disks, limits, times
from benchmarks.survival.cases import Case
from benchmarks.survival.recording import ROOT, Order, record


def run(order: Order) -> None:
    """Runs all cases, one after the other."""
    work = order.work / "machines"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    index = work / "index"
    command = [*PINCITE, "ingest", str(ROOT / "corpus"), "--index", str(index)]
    subprocess.run(command, check=True)
    cases = []
    for case in _cases(work, index):
        cases.append(dataclasses.asdict(case()))
        print(cases[-1]["name"], cases[-1]["went"], len(cases[-1]["told"]), cases[-1]["faults"], flush=True)
        record(order, "machines", cases)


def _cases(work: Path, index: Path) -> Iterator[Callable[[], Case]]:
    yield lambda: disks.full_while_ingesting(work)
    yield lambda: disks.full_at_the_terminal(work, index)
    yield lambda: disks.full_under_a_server(work, index)
    yield lambda: disks.full_while_keeping_a_draft(work)
    yield lambda: limits.read_only_folder(work, index)
    yield lambda: limits.few_handles(work, index)
    yield lambda: limits.handles_run_out(work, index)
    yield lambda: times.folder_goes_away(work, index)
    yield lambda: times.clock_goes_back(work, index)
    yield lambda: times.readers_beside_writers(work)
