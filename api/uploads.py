"""Uploaded files: what they may be called, and the folder they are kept in.

They are kept because the index is made of files: whoever rebuilds it reads them again.
"""

import secrets
import shutil
import time
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from api.errors import DocumentShared, UploadRefused, UploadTooLarge
from api.settings import Settings
from ingest.loading import SUFFIXES
from ingest.settings import MEGABYTE
from ingest.storage import storage_told
from ingest.store import Snapshot

FOLDER = "uploads"
LONGEST_NAME = 200  # bytes; file systems take 255, and a file has a longer name while it comes in
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
COMING_IN = ".coming-in-"  # hidden files are not ingested
MARK = ".pincite-uploads"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it comes in: the name it was sent under, its size in bytes, its content."""

    name: str
    size: int
    content: BinaryIO


def safe_name(sent: str) -> str:
    """The name a file is kept under: one part of a path, composed (NFC), nothing invisible in it.

    Raises:
        UploadRefused: if nothing is left of it, or too much.
    """
    last = sent.replace("\\", "/").rpartition("/")[2]
    visible = "".join(char for char in last if unicodedata.category(char) not in INVISIBLE)
    name = unicodedata.normalize("NFC", " ".join(visible.split())).strip(". ")
    if not Path(name).stem or "/" in name:
        raise UploadRefused(f"{sent[:LONGEST_NAME]!r} is no name for a file")
    if len(name.encode()) > LONGEST_NAME:
        raise UploadRefused(f"{name[:40]!r}… is too long a name: {LONGEST_NAME} bytes at most")
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UploadRefused(f"{name!r} is of a kind that is not read: send {', '.join(sorted(SUFFIXES))}")
    return name


class UploadFolder:
    """Keeps uploaded files, each under its own name.

    Args:
        path: the folder; made when the first file comes in.
        max_bytes: size of a file at most.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path.absolute()
        self._max_bytes = max_bytes

    def keep(self, uploads: Sequence[Upload]) -> tuple[str, ...]:
        """Keeps files in place of earlier ones of the same names, all or none; returns their paths.

        Raises:
            UploadRefused: naming each file that cannot be taken.
            UploadTooLarge: naming each file that is too large.
            StorageUnavailable: if the disk is full or read-only; then none is kept.
        """
        names = _names(uploads)
        self._check_sizes(uploads)
        coming = [self.path / f"{COMING_IN}{secrets.token_hex(8)}" for _ in uploads]
        kept = [self.path / name for name in names]
        with storage_told(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                for path, upload in zip(coming, uploads, strict=True):
                    with path.open("xb") as file:
                        shutil.copyfileobj(upload.content, file)
                for path, target in zip(coming, kept, strict=True):
                    path.replace(target)
            finally:
                _unlink(coming)
        return tuple(map(str, kept))

    def sweep(self, seconds: float = 0) -> bool:
        """Deletes what a killed server left half-written so long ago; says whether files are kept here."""
        latest = time.time() - seconds
        _unlink(path for path in self.path.glob(COMING_IN + "*") if path.stat().st_mtime <= latest)
        return self.path.is_dir()

    def mark(self) -> str:
        """Which folder this is: a mark in it, made where there is none, and its path.

        Raises:
            StorageUnavailable: if the disk is full or read-only.
        """
        fresh = self.path / f"{COMING_IN}{secrets.token_hex(8)}"
        with storage_told(self.path):
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (self.path / MARK).exists():
                fresh.write_text(secrets.token_hex(16))
                with suppress(FileExistsError):
                    (self.path / MARK).hardlink_to(fresh)  # whole at once, and never in place of another
                fresh.unlink()
            return f"{(self.path / MARK).read_text()} {self.path}"

    def file_of(self, live: Snapshot, document_id: str, going: Collection[str] = ()) -> Path | None:
        """The uploaded file a document is in; None if it came from elsewhere.

        Args:
            live: what there is.
            document_id: the document.
            going: others that shall go with it.

        Raises:
            DocumentNotFound: if there is no such document.
            DocumentShared: if the file holds others, too.
        """
        live.document(document_id)
        origin = live.origin_of(document_id) or ""
        file = Path(origin)
        if file.parent != self.path:
            return None
        held = live.documents_of(origin)
        if not {document_id, *going}.issuperset(held):
            raise DocumentShared(
                f"{document_id!r} is one of {len(held)} documents in {file.name!r}:"
                " upload that file again without it"
            )
        return file

    def _check_sizes(self, uploads: Iterable[Upload]) -> None:
        limit = self._max_bytes
        large = [(each.name, f"{each.size:,} bytes") for each in uploads if each.size > limit]
        if large:
            raise UploadTooLarge(f"a file may have {limit:,} bytes at most", large)


def upload_folder(settings: Settings) -> UploadFolder:
    """The folder that the settings name."""
    limit = settings.ingest.max_file_mb * MEGABYTE
    return UploadFolder(settings.serve.uploads or settings.index / FOLDER, limit)


def _names(uploads: Sequence[Upload]) -> list[str]:
    names: list[str] = []
    wrong: list[tuple[str, str]] = []
    for upload in uploads:
        try:
            name = safe_name(upload.name)
        except UploadRefused as refusal:
            wrong.append((upload.name, str(refusal)))
            continue
        if name in names:
            wrong.append((upload.name, f"another file of this upload is named {name!r}, too"))
        names.append(name)
    if wrong:
        raise UploadRefused("; ".join(message for _, message in wrong), wrong)
    return names


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
