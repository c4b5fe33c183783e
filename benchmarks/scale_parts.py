"""What an index takes: memory of this process, and disk by part."""

import contextlib
import resource
import sqlite3
from contextlib import closing
from pathlib import Path

from api.settings import Settings, load_settings
from ingest.assembly import VECTORS, open_store
from ingest.store.sqlite import FILE_NAME

MEGABYTE = 1_000_000


def memory() -> dict[str, int]:
    """Megabytes resident now and at most since this process began (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "resident_mb": pages * resource.getpagesize() // MEGABYTE,
        "peak_mb": peak // MEGABYTE,
    }


def disk_of(place: Path) -> dict[str, int]:
    """Bytes by part: tables of the book of record, Chroma's database, its graphs; served ones in sum."""
    settings = settings_of(place)
    if settings.storage.book:
        return {"PostgreSQL": open_store(settings).bytes_on_disk()}
    return _disk_by_part(settings.index)


def _disk_by_part(index: Path) -> dict[str, int]:
    parts = dict.fromkeys(("texts", "sentences and passages", "lexical index"), 0)
    store = index / FILE_NAME
    if store.exists():
        for name, size in _tables(store):
            parts[_part(name)] += size
    folder = index / VECTORS
    parts["Chroma's database"] = sum(file.stat().st_size for file in folder.glob("*.sqlite3*"))
    parts["Chroma's vectors"] = sum(file.stat().st_size for file in folder.glob("*/*"))
    return parts


def _tables(store: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall()


def _part(table: str) -> str:
    if table.startswith("lexical"):
        return "lexical index"
    if table.startswith(("contents", "documents", "sqlite_autoindex_documents")):
        return "texts"
    return "sentences and passages"


def held(place: Path) -> tuple[int, int, int]:
    """Documents, sentences and passages of the index of one size."""
    with open_store(settings_of(place)).reading() as live:
        return live.counts()


def settings_of(place: Path) -> Settings:
    """Of the index of one size, whose folder may have settings of its own."""
    with contextlib.chdir(place):
        return load_settings({"index": place / "index"})
