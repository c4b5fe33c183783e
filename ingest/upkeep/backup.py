"""Writing a backup: one archive of everything that cannot be made again, taken while others read and write.

The book of record is copied first, in one read transaction. The vectors taken are those of exactly the
passages that are live in that copy: no key is used twice, so a vector is the right one whenever it is read.
"""

import datetime as dt
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import numpy as np

from ingest.errors import MEND, IndexBusy, IndexCorrupt
from ingest.store import PassageKey
from ingest.store.sqlite import FILE_NAME, SqliteStore
from ingest.upkeep.databases import complaint
from ingest.vectors import VectorIndex, check_owner

FORMAT = 1
MANIFEST = "manifest.json"
VECTORS = "vectors.npy"  # float32, a row for each passage of the book in the order of their keys
SLICE = 5_000
ATTEMPTS = 5  # an ingest may sweep vectors while they are read; two sweeps are seldom near each other


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a backup besides the index.

    Attributes:
        databases: files of SQLite by the name they get.
        files: other files by the name they get; those that are gone when their turn comes are left out.
        uploads: absolute path of the folder of uploads, which documents name as their origin.
    """

    databases: Mapping[str, Path]
    files: Mapping[str, Path]
    uploads: Path


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, and its size in bytes."""

    path: Path
    documents: int
    passages: int
    files: int
    bytes: int


def write_backup(store: SqliteStore, vectors: VectorIndex, contents: Contents, target: Path) -> BackupReport:
    """Writes an archive; under its name it is there whole or not at all.

    Args:
        store: the book of record.
        vectors: of its passages.
        contents: what else goes in.
        target: the archive, not there yet.

    Raises:
        IndexBusy: if so much is being written that no moment could be caught.
        IndexCorrupt: if the index is damaged: a backup of it would be no help.
        IndexMissing: if there is none.
    """
    with TemporaryDirectory(dir=target.parent, prefix=".pincite-backup-") as temporary:
        folder = Path(temporary)
        documents, passages = _copy_index(store, vectors, folder)
        for name, path in contents.databases.items():
            _copy_database(path, folder / name)
        made = folder / "backup.tar"
        count = _pack(made, folder, contents)
        size = made.stat().st_size
        made.replace(target)
    return BackupReport(target, documents, passages, count, size)


def _copy_index(store: SqliteStore, vectors: VectorIndex, folder: Path) -> tuple[int, int]:
    """Copies the book, and the vectors of its passages; returns how many documents and passages."""
    with store.reading():  # there is one, and of today's layout
        pass
    for _ in range(ATTEMPTS):
        _copy_database(store.path, folder / FILE_NAME)
        vectors.close()  # so that it shows what was written before
        with SqliteStore(folder).reading() as live:
            keys = live.passage_keys()
            if index := live.index_id():
                check_owner(vectors, index)
            counted = live.counts()
        if _copy_vectors(vectors, keys, folder / VECTORS):
            _tidy(folder / FILE_NAME)
            return counted[0], counted[2]
    if store.is_being_written():
        raise IndexBusy("too much is being written for a backup: try again when it is done")
    raise IndexCorrupt(f"passages have no vectors: {MEND}")


def _copy_vectors(vectors: VectorIndex, keys: Sequence[PassageKey], path: Path) -> bool:
    """Writes the vectors of these passages; says whether there were all of them."""
    dimensions = next((len(vector) for vector in vectors.vectors_of(keys[:1]).values()), 0)
    if keys and not dimensions:
        return False
    shape = (len(keys), dimensions)
    if not keys:
        np.save(path, np.zeros(shape, np.float32))
        return True
    rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    for start in range(0, len(keys), SLICE):
        part = keys[start : start + SLICE]
        held = vectors.vectors_of(part)
        if len(held) < len(part):
            return False
        rows[start : start + len(part)] = [held[key] for key in part]
    rows.flush()
    return True


def _copy_database(source: Path, target: Path) -> None:
    """Copies a database as it is at one moment; whoever writes to it goes on.

    Raises:
        IndexCorrupt: if it is damaged.
    """
    target.unlink(missing_ok=True)
    uri = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=10)) as taken,
        closing(sqlite3.connect(target)) as made,
    ):
        try:
            taken.backup(made)
        except sqlite3.DatabaseError as error:
            raise IndexCorrupt(f"{source} cannot be copied ({error}): {MEND}") from error
    _tidy(target)
    if wrong := complaint(target):
        raise IndexCorrupt(f"{source} is damaged ({wrong}): {MEND}")


def _tidy(database: Path) -> None:
    """Leaves all of a database in its one file."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _pack(made: Path, folder: Path, contents: Contents) -> int:
    """Puts everything into the archive, the manifest last; returns how many files there are."""
    copied = {path.name: path for path in sorted(folder.iterdir())}
    digests: dict[str, dict[str, str | int]] = {}
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for name, path in {**copied, **contents.files}.items():
            try:
                with path.open("rb") as file:
                    digests[name] = _add(archive, name, file)
            except FileNotFoundError:
                continue  # removed since it was listed
        manifest = {
            "format": FORMAT,
            "made": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "uploads": str(contents.uploads),
            "files": digests,
        }
        _add(archive, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()))
        archive.close()
        stream.flush()
        os.fsync(stream.fileno())
    return len(digests)


def _add(archive: tarfile.TarFile, name: str, file: BinaryIO) -> dict[str, str | int]:
    entry = tarfile.TarInfo(name)
    entry.size = file.seek(0, io.SEEK_END)
    entry.mode = 0o600
    entry.mtime = int(time.time())
    file.seek(0)
    hashed = _Hashed(file)
    archive.addfile(entry, hashed)
    return {"bytes": entry.size, "sha256": hashed.digest.hexdigest()}


class _Hashed(io.RawIOBase):
    """A file whose digest is known once it was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        block = self._file.read(size)
        self.digest.update(block)
        return block
