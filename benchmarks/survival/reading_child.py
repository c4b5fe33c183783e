"""The process that reads damaged files, one after the other, in little memory and limited time."""

import os
import re
import resource
import sys
import time
import traceback
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ingest.documents import Document, Skipped, only_space_outside
from ingest.loading import load
from ingest.sentences import split_sentences

MEMORY = 2_000_000_000  # bytes of address space, the interpreter and its libraries included
MAX_BYTES = 50_000_000
"""Of a file, as by default."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file of `size` bytes; `megabytes` is the most it added to what was resident before."""

    documents: int
    skipped: tuple[str, ...]
    faults: tuple[str, ...]
    seconds: float
    megabytes: float
    size: int = 0


def read_files(folder: Path, requests: Connection, told: Connection) -> None:
    """Reads the files it is told the names of, until it is told none."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while name := requests.recv():
        told.send(_read(folder / name))


def _read(path: Path) -> Reading:
    before = _resident_anew()
    started = time.perf_counter()
    faults: list[str] = []
    items: list[Document | Skipped] = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            for item in load(path, path.name, max_bytes=MAX_BYTES):
                items.append(item)
                faults += _check(item, path)
        except BaseException as error:  # noqa: BLE001 - nothing may come out: that is what is measured
            faults.append("".join(traceback.format_exception(error)[-6:]))
    faults += [f"warned: {each.category.__name__} {each.message}" for each in warned]
    if not items and not faults:
        faults.append("neither a document nor a reason")
    seconds = time.perf_counter() - started
    skipped = tuple(item.reason for item in items if isinstance(item, Skipped))
    return Reading(
        len(items) - len(skipped), skipped, tuple(faults), seconds, _most() - before, path.stat().st_size
    )


def _check(item: Document | Skipped, path: Path) -> list[str]:
    if isinstance(item, Skipped):
        return [f"names a folder: {item}"] if _names_folder(str(item), path) else []
    item.text.encode()  # what SQLite cannot store comes out here
    marks = [(span.start, span.end) for span in item.headings]
    faults = []
    if not item.text.strip() or not item.id or not item.title.strip():
        faults.append("a document without text, id or title")
    if marks != sorted(marks) or any(end > len(item.text) for _, end in marks):
        faults.append("headings out of order, or outside the text")
    if list(item.page_starts) != sorted(item.page_starts) or any(
        p > len(item.text) for p in item.page_starts
    ):
        faults.append("pages out of order, or outside the text")
    sentences = split_sentences(item)
    if not only_space_outside(item.text, [each.span for each in sentences]):
        faults.append("sentences leave something out")
    return faults


def _names_folder(reason: str, path: Path) -> bool:
    telling = (str(path.parent), sys.prefix, str(Path.home()), "site-packages", "/usr/", "/tmp/")
    return any(each in reason for each in telling) or bool(re.search(r"\bFile \"/", reason))


def _resident_anew() -> float:
    """Megabytes resident now; the most there was is forgotten."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _status("VmRSS")


def _most() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    for line in Path(f"/proc/{os.getpid()}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1000
    raise AssertionError(f"no {name} in /proc")
