"""Places that are too small, or may not be written. They are mounted: by root, on Linux."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILLER = "filler"


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Path]:
    """A disk of that size."""
    place.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place))
    try:
        yield place
    finally:
        _run("umount", "--lazy", str(place))


@contextmanager
def filled(disk: Path, left: int = 0) -> Iterator[None]:
    """So many bytes are left on the disk meanwhile."""
    facts = os.statvfs(disk)
    free = facts.f_bavail * facts.f_frsize
    filler = disk / FILLER
    try:
        with filler.open("wb") as file:
            for _ in range(max(0, free - left) // 4096):
                file.write(bytes(4096))
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """The folder can be read and not written; root may not, either."""
    _run("mount", "--bind", str(folder), str(folder))
    _run("mount", "-o", "remount,ro,bind", str(folder))
    try:
        yield
    finally:
        _run("umount", "--lazy", str(folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
