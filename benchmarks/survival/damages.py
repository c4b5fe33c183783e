"""What the kill campaign damages of an index, before its repair is killed."""

import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

PAGE = 4096
PAGES = 3
BOOK, VECTORS = "pincite.sqlite3", "chroma"


def overwrite_page(file: Path, drawn: random.Random) -> None:
    """Not the first page: without that it is no database, which is a case of its own."""
    pages = file.stat().st_size // PAGE
    with file.open("r+b") as opened:
        opened.seek(PAGE * drawn.randrange(1, pages))
        opened.write(drawn.randbytes(PAGE))


def overwrite_head(file: Path, drawn: random.Random) -> None:
    """Without it a file is no database at all."""
    with file.open("r+b") as opened:
        opened.write(drawn.randbytes(100))


def _lose_vectors(index: Path, drawn: random.Random) -> None:  # noqa: ARG001 - as the others
    shutil.rmtree(index / VECTORS)


def _damage_head(index: Path, drawn: random.Random) -> None:
    overwrite_head(index / BOOK, drawn)


def _damage_pages(index: Path, drawn: random.Random) -> None:
    for _ in range(PAGES):
        overwrite_page(index / BOOK, drawn)


def _damage_head_and_vectors(index: Path, drawn: random.Random) -> None:
    _damage_head(index, drawn)
    _lose_vectors(index, drawn)


def _damage_pages_and_vectors(index: Path, drawn: random.Random) -> None:
    _damage_pages(index, drawn)
    _lose_vectors(index, drawn)


DAMAGES: Mapping[str, Callable[[Path, random.Random], None]] = MappingProxyType(
    {
        "vectors lost": _lose_vectors,
        "head of the book": _damage_head,
        "pages of the book": _damage_pages,
        "head of the book, and vectors lost": _damage_head_and_vectors,
        "pages of the book, and vectors lost": _damage_pages_and_vectors,
    }
)
