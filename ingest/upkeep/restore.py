"""Restoring a backup into an empty folder: unpacked beside it, checked, and put there whole."""

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from ingest.embedding import Vectors
from ingest.errors import BackupRefused, IndexCorrupt
from ingest.store import PassageKey
from ingest.store.sqlite import FILE_NAME, SqliteStore
from ingest.upkeep.backup import FORMAT, MANIFEST, VECTORS
from ingest.upkeep.databases import complaint
from ingest.vectors import VectorIndex, adopt

SLICE = 1_000
BLOCK = 1 << 20
UPLOADS = "uploads"
LONGEST = 64 << 20  # bytes a manifest may have


class Entry(BaseModel):
    """A file of a backup, as its manifest names it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What a backup says it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    made: str
    uploads: str
    files: dict[str, Entry]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a backup goes.

    Attributes:
        index: the index folder, empty or not there yet.
        uploads: absolute path of the folder of uploads, likewise.
        allowed: names of files that may stand in the index folder itself.
        open_vectors: the vectors of an index whose folder that is for now.
    """

    index: Path
    uploads: Path
    allowed: frozenset[str]
    open_vectors: Callable[[Path], VectorIndex]


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What was restored, and when its backup was made."""

    documents: int
    passages: int
    files: int
    made: str


def restore_backup(archive: Path, target: Target) -> RestoreReport:
    """Brings back what a backup holds; the index folder is there whole or not at all.

    Raises:
        BackupRefused: if the archive is none of ours or damaged, or the target is not empty.
        IngestError: if a server that should hold the vectors cannot be asked, or refuses.
    """
    for folder in (target.index, target.uploads):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise BackupRefused(f"{folder} is not empty: restore into a folder that is, or move it away")
    target.index.parent.mkdir(parents=True, exist_ok=True)
    with _beside(target.index) as folder:
        manifest = _unpack(archive, folder, target.allowed)
        documents, passages = _open_index(folder, manifest, target)
        if (folder / UPLOADS).is_dir() and target.uploads != target.index.absolute() / UPLOADS:
            _move_uploads(folder / UPLOADS, target.uploads)
        folder.replace(target.index)
    return RestoreReport(documents, passages, len(manifest.files), manifest.made)


def _move_uploads(unpacked: Path, uploads: Path) -> None:
    """Puts uploads where they are kept, perhaps on another disk."""
    uploads.parent.mkdir(parents=True, exist_ok=True)
    with _beside(uploads) as folder:
        shutil.copytree(unpacked, folder, dirs_exist_ok=True)
        folder.replace(uploads)
    shutil.rmtree(unpacked)


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """An empty folder that can take the place of another, gone afterwards if it did not."""
    folder = target.absolute().with_name(target.absolute().name + ".restoring")
    shutil.rmtree(folder, ignore_errors=True)  # of a restore that was killed
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(archive: Path, folder: Path, allowed: frozenset[str]) -> Manifest:
    """Unpacks what is ours and nothing else, and holds it against the manifest."""
    found: dict[str, Entry] = {}
    manifest = b""
    try:
        with tarfile.open(archive, "r:") as opened:
            for member in opened:
                name = _checked(member, allowed, found)
                file = opened.extractfile(member)
                assert file is not None  # noqa: S101 - it is a regular file
                if name == MANIFEST:
                    manifest = file.read(LONGEST)
                else:
                    found[name] = _write(file, folder / name)
        told = Manifest.model_validate_json(manifest)
    except (tarfile.TarError, ValidationError, EOFError) as error:
        raise BackupRefused(
            f"{archive} is no backup of ours, or cut short ({error}): take another"
        ) from error
    if missing := {FILE_NAME, VECTORS} - found.keys():
        raise BackupRefused(f"{archive} holds no {' and no '.join(sorted(missing))}: take another")
    if told.format != FORMAT:
        raise BackupRefused(f"{archive} has format {told.format}, and this Pincite knows {FORMAT}: update it")
    if differing := sorted(
        name for name in told.files.keys() | found if told.files.get(name) != found.get(name)
    ):
        raise BackupRefused(
            f"{archive} is damaged: {', '.join(differing[:5])} is not as it was: take another"
        )
    return told


def _checked(member: tarfile.TarInfo, allowed: frozenset[str], found: dict[str, Entry]) -> str:
    """The name of an entry that may be unpacked.

    Raises:
        BackupRefused: if it is anything but a plain file in its one place.
    """
    folder, _, last = member.name.rpartition("/")
    in_place = member.name in allowed or (
        folder == UPLOADS and last not in ("", ".", "..") and "\\" not in last
    )
    if not (member.isreg() and in_place) or member.name in found:
        raise BackupRefused(
            f"the backup holds {member.name[:200]!r}, which no backup of ours does: it is not used"
        )
    return member.name


def _write(file: IO[bytes], path: Path) -> Entry:
    digest, size = hashlib.sha256(), 0
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("xb") as written:
        path.chmod(0o600)
        while block := file.read(BLOCK):
            digest.update(block)
            size += len(block)
            written.write(block)
    return Entry(bytes=size, sha256=digest.hexdigest())


def _rows(path: Path) -> Vectors:
    try:
        rows: Vectors = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise BackupRefused(f"the vectors in the backup cannot be read ({error}): take another") from error
    return rows


def _open_index(folder: Path, manifest: Manifest, target: Target) -> tuple[int, int]:
    """Makes book and vectors usable where they are; returns how many documents and passages there are."""
    if wrong := complaint(folder / FILE_NAME):
        raise BackupRefused(f"the book of record in the backup is damaged ({wrong}): take another")
    vectors = target.open_vectors(folder)
    rows = _rows(folder / VECTORS)
    with SqliteStore(folder).writing() as writing:
        keys: tuple[PassageKey, ...] = writing.live.passage_keys()
        if len(rows) != len(keys):
            raise BackupRefused(f"the backup has {len(rows)} vectors for {len(keys)} passages: take another")
        writing.relocate(manifest.uploads, str(target.uploads))
        _make_room(vectors, writing.live.index_id() or "")
        adopt(vectors, writing)
        for start in range(0, len(keys), SLICE):
            vectors.upsert(keys[start : start + SLICE], np.array(rows[start : start + SLICE]))
        counts = writing.live.counts()
    vectors.close()
    (folder / VECTORS).unlink()
    return counts[0], counts[2]


def _make_room(vectors: VectorIndex, owner: str) -> None:
    """Makes sure that vectors can be put where there are none: a server may hold those of an index in use."""
    if not vectors.exists():
        return
    with suppress(IndexCorrupt):  # there is no place for them yet
        if held := vectors.count():
            raise BackupRefused(
                f"storage.vectors_collection names one that holds {held:,} vectors already: name another"
            )
    vectors.clear(owner)
