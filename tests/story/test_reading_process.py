"""The process that reads uploads."""

import multiprocessing
import os
from pathlib import Path

from api.reading_process import GIVING_WAY, Order, ingest_apart
from ingest.build import Progress
from ingest.settings import IndexSettings

LEAST_URGENT = 19


def test_reading_gives_way_to_whoever_asks(tmp_path: Path) -> None:
    file = tmp_path / "gate.txt"
    file.write_text("Salma Juma painted the purple gate of Zanzibar in 1931.")
    niceness: list[int] = []

    def watch(_: Progress) -> None:
        niceness.extend(
            os.getpriority(os.PRIO_PROCESS, child.pid or 0) for child in multiprocessing.active_children()
        )

    order = Order(IndexSettings(index=tmp_path / "index"), (str(file),), prune=False)
    ingest_apart(order, watch, lambda: False, 600)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    assert set(niceness) == {min(LEAST_URGENT, ours + GIVING_WAY)}
