"""An ingest in a process of its own.

Not in the server's: Chroma does not show one process what another wrote since it opened the folder, and
writing from such a view loses vectors for good (docs/decisions/0016-serving.md). And whatever a hostile
file does to its reader, it does not do to the server.
"""

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from api.at_hand import begin
from api.copies import copies_of
from api.logs import log_as_json
from ingest.assembly import open_builder
from ingest.build import IngestReport, Progress, Watch
from ingest.errors import IngestError
from ingest.settings import IndexSettings

GIVING_WAY = 10  # added niceness: questions come first, and what they leave is the ingest's
LOOK_SECONDS = 0.2  # how often the waiting thread looks whether it shall go on


class ReadingStopped(Exception):
    """Whoever waits was told not to; the next ingest sweeps up what was begun."""


class ReadingFailed(Exception):
    """The process ended without a report; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to ingest into the settings' index, see `Builder.ingest`, and which request asked for it."""

    settings: IndexSettings
    arguments: tuple[str, ...]
    prune: bool
    request: str = ""


def ingest_apart(order: Order, watch: Watch, is_stopping: Callable[[], bool], seconds: float) -> IngestReport:
    """Runs an ingest elsewhere and waits for it.

    Args:
        order: what to ingest.
        watch: told of its progress.
        is_stopping: asked again and again; once it says so, the process is ended.
        seconds: after so many the process is ended.

    Raises:
        IngestError: as `Builder.ingest`.
        ReadingFailed: if the process died or took too long.
        ReadingStopped: if `is_stopping` said so.
    """
    # Spawned, not forked: a fork would copy locks of other threads in whatever state they are.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_ingest, args=(order, theirs), name="pincite-ingest", daemon=True)
    process.start()
    theirs.close()
    try:
        return _follow(ours, watch, is_stopping, time.monotonic() + seconds)
    except EOFError as error:
        process.join()
        raise ReadingFailed(f"the reading process ended with exit code {process.exitcode}") from error
    finally:
        process.kill()  # at any moment: what it left behind is swept at the next ingest
        process.join()
        process.close()
        ours.close()


def _follow(
    messages: Connection, watch: Watch, is_stopping: Callable[[], bool], deadline: float
) -> IngestReport:
    while True:
        if is_stopping():
            raise ReadingStopped
        if time.monotonic() > deadline:
            raise ReadingFailed("reading took longer than the setting serve.max_job_minutes allows")
        if not messages.poll(LOOK_SECONDS):
            continue
        match messages.recv():
            case Progress() as progress:
                watch(progress)
            case IngestReport() as report:
                return report
            case IngestError() as error:
                raise error
            case str(told):
                raise ReadingFailed(told)


def _ingest(order: Order, messages: Connection) -> None:
    """What the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to understand
    log_as_json()
    begin(order.request)
    if hasattr(os, "nice"):
        os.nice(GIVING_WAY)
    try:
        builder = open_builder(order.settings, copies_of(order.settings))
        messages.send(builder.ingest(order.arguments, watch=messages.send, prune=order.prune))
    except IngestError as error:
        messages.send(error)
    except Exception:  # noqa: BLE001 - the end of a process: whoever waits is told, and logs it
        messages.send(traceback.format_exc())
