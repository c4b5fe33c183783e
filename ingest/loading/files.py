"""Opening a file that may be anything: only regular files, only up to a size, every refusal explained."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from ingest.errors import UnreadableDocument


@contextmanager
def open_within(path: Path, max_bytes: int) -> Iterator[BufferedReader]:
    """Open a regular, non-empty file of at most `max_bytes` bytes for reading.

    Raises:
        UnreadableDocument: for anything else (a folder, pipe or device, a dangling link, no
            permission), and if reading fails inside the `with` block.
    """
    try:
        _check(path, max_bytes)
        with open(path, "rb", opener=_open_without_waiting) as file:
            yield file
    except FileNotFoundError as error:
        link = path.is_symlink()
        raise UnreadableDocument("link to a file that is not there" if link else "not found") from error
    except PermissionError as error:
        raise UnreadableDocument("permission denied: make it readable for this user") from error
    except OSError as error:
        raise UnreadableDocument(f"cannot be read: {error.strerror or error}") from error


def read_within(path: Path, max_bytes: int) -> bytes:
    """The bytes of a file, 1 to `max_bytes` of them.

    Raises:
        UnreadableDocument: as `open_within`.
    """
    with open_within(path, max_bytes) as file:
        # One byte more than allowed tells a file that grew since it was measured.
        data = file.read(max_bytes + 1)
    _check_size(len(data), max_bytes)
    return data


def _check(path: Path, max_bytes: int) -> None:
    facts = path.stat()
    if stat.S_ISDIR(facts.st_mode):
        raise UnreadableDocument("a folder, not a file")
    if not stat.S_ISREG(facts.st_mode):
        raise UnreadableDocument("not a regular file (a pipe, socket or device)")
    _check_size(facts.st_size, max_bytes)


def _check_size(size: int, max_bytes: int) -> None:
    if size == 0:
        raise UnreadableDocument("empty")
    if size > max_bytes:
        raise UnreadableDocument(
            f"{_megabytes(size)} is over the limit of {_megabytes(max_bytes)}:"
            " split it or raise PINCITE_INGEST_MAX_FILE_MB"
        )


def _megabytes(size: int) -> str:
    # Two digits below one megabyte, where whole numbers would read "0 MB is over the limit of 0 MB".
    number = size / 1_000_000
    return f"{number:,.0f} MB" if number >= 10 else f"{number:.2g} MB"


def _open_without_waiting(path: str, flags: int) -> int:
    # A pipe put in the file's place after it was measured would otherwise hang until somebody writes.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
