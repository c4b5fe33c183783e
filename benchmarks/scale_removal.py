"""What it costs to remove one document for good, which writes both databases anew."""

import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scale_parts import settings_of

from api.settings import load_settings
from ingest.assembly import open_builder, open_store

COPY = "removal"  # folder beside that of the size


def removal(place: Path) -> list[float]:
    """Seconds to remove one document from a copy of the index, and another one after it.

    Nothing for engines beyond files, which nobody writes anew.
    """
    if settings_of(place).storage.book:
        return []
    copy = place.with_name(COPY)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(place / "index", copy)
    settings = load_settings({"index": copy})
    builder = open_builder(settings)
    with open_store(settings).reading() as live:
        ids = [summary.id for summary in live.summaries()[:2]]
    took = [_seconds(partial(builder.remove, [one])) for one in ids]
    shutil.rmtree(copy)
    return took


def _seconds(doing: Callable[[], bool]) -> float:
    started = time.perf_counter()
    if not doing():
        raise SystemExit("what was removed is not gone: somebody reads this index")
    return time.perf_counter() - started
