"""What doors keep beside an index, examined and repaired: conversations, drafts, keys and uploads."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from api.conversation_places import FILE_NAME as CONVERSATIONS
from api.conversation_salvage import mend_conversations
from api.errors import KeysUnreadable
from api.key_stores import FILE_NAME as KEYS
from api.key_stores import open_keys
from api.settings import Settings
from api.uploads import FOLDER
from ingest.assembly import (
    examine_index,
    open_book_file,
    open_repair,
    open_store,
    open_vectors,
    open_vectors_in,
)
from ingest.build import Watch
from ingest.errors import IndexMissing, IngestError
from ingest.loading import SUFFIXES
from ingest.store import Snapshot
from ingest.store.sqlite import FILE_NAME
from ingest.upkeep.backup import MANIFEST, VECTORS, BackupReport, Contents, write_backup
from ingest.upkeep.databases import complaint, is_cut_off, move_aside
from ingest.upkeep.findings import Finding, Outcome, Part, counted
from ingest.upkeep.restore import RestoreReport, Target, restore_backup
from qa.draft_cache import FILE as DRAFTS

DATABASES: tuple[tuple[Part, str, str], ...] = (
    ("conversations", CONVERSATIONS, "conversations cannot be gone on with"),
    ("drafts", DRAFTS, "drafts are paid for again"),
)


def uploads_of(settings: Settings) -> Path:
    """The folder of uploaded files, whether it exists or not."""
    return (settings.serve.uploads or settings.index / FOLDER).absolute()


def examine_all(settings: Settings) -> tuple[Finding, ...]:
    """What is wrong with an index folder.

    Raises:
        IndexCorrupt: if a later version made the index.
        IndexMissing: if there is none, nor uploads to make one of.
    """
    try:
        found = examine_index(settings)
    except IndexMissing:
        if not any(uploads_of(settings).glob("*")):
            raise
        told = f"there is no index, but there are files in {uploads_of(settings)}"
        found = (Finding("index", told, "no question can be answered"),)
    return (*found, *examine_beside(settings))


def mend_all(settings: Settings, paths: Sequence[str], watch: Watch) -> Outcome:
    """Sets right what can be set right in an index folder.

    Args:
        settings: which index.
        paths: further files, folders or glob patterns to read.
        watch: told of what is read.

    Raises:
        IngestError: if the index cannot be repaired now, or not with these settings.
    """
    repair = open_repair(settings)
    uploads = uploads_of(settings)
    told = mend_beside(settings, repair.aside)
    # Of a database nothing is lost that files could bring back; and servers may keep them on another machine.
    further = [str(uploads)] if settings.storage.book is None and uploads.is_dir() else []
    return told + repair.run([*paths, *further], watch)


def backup(settings: Settings, target: Path) -> BackupReport:
    """Writes one archive of everything that cannot be made again.

    Raises:
        IngestError: if the index is missing, damaged, too busy, or in a database.
    """
    store = open_book_file(settings)
    uploads = uploads_of(settings)
    files = {KEYS: settings.index / KEYS} if (settings.index / KEYS).is_file() else {}
    if uploads.is_dir():
        kept = sorted(path for path in uploads.iterdir() if path.is_file() and path.name[0] != ".")
        files |= {f"{FOLDER}/{path.name}": path for path in kept}
    databases = {name: path for _, name, _ in DATABASES if (path := settings.index / name).is_file()}
    return write_backup(store, open_vectors(settings), Contents(databases, files, uploads), target)


def restore(settings: Settings, archive: Path) -> RestoreReport:
    """Brings everything back into an empty index folder.

    Raises:
        BackupRefused: if the archive is none of ours or damaged, or the folder is not empty.
        IngestError: if the settings name a database, or a server that should hold the vectors fails.
    """
    open_book_file(settings)  # or says what brings a database back
    names = {FILE_NAME, VECTORS, MANIFEST, KEYS, *(name for _, name, _ in DATABASES)}
    target = Target(
        settings.index, uploads_of(settings), frozenset(names), partial(open_vectors_in, settings)
    )
    return restore_backup(archive, target)


def examine_beside(settings: Settings) -> tuple[Finding, ...]:
    """What is wrong with all that is not the index itself."""
    return (*_databases(settings), *_keys(settings), *_uploads(settings))


def mend_beside(settings: Settings, aside: Path) -> Outcome:
    """Sets right what can be: conversations keep what can be read of them, drafts are given up.

    Args:
        settings: which index.
        aside: folder to which damaged files are moved.
    """
    told = Outcome()
    for part, path, _ in _files(settings):
        if is_cut_off(path) or (path.is_file() and complaint(path)):
            told += mend_conversations(path, aside) if part == "conversations" else _give_up(path, aside)
    return told


def _files(settings: Settings) -> Iterator[tuple[Part, Path, str]]:
    """Our files of SQLite besides the book; with a book in a database, conversations are there as well."""
    if settings.storage.book is None:
        for part, name, consequence in DATABASES:
            yield part, settings.index / name, consequence


def _databases(settings: Settings) -> Iterator[Finding]:
    for part, path, consequence in _files(settings):
        if is_cut_off(path):
            yield Finding(part, f"a repair of {path} was cut off", consequence)
        elif path.is_file() and (wrong := complaint(path)):
            yield Finding(part, f"{path} is damaged: {wrong}", consequence)


def _keys(settings: Settings) -> Iterator[Finding]:
    try:
        open_keys(settings).known()
    except KeysUnreadable as error:
        told = "nobody gets in by a key; this is not repaired"
        yield Finding("keys", str(error), told, is_mended=False)


def _uploads(settings: Settings) -> Iterator[Finding]:
    folder = uploads_of(settings)
    if settings.storage.book is not None and not folder.is_dir():
        return  # servers keep them elsewhere
    with suppress(IngestError), open_store(settings).reading() as live:
        if unknown := _unknown(live, folder):
            told = f"{counted(len(unknown), 'uploaded file')} unknown to the index"
            yield Finding("uploads", told, "the next start of the server reads them", is_fault=False)
        gone = [
            file.origin
            for file in live.files()
            if Path(file.origin).parent == folder and not Path(file.origin).exists()
        ]
        if gone:
            told = f"{counted(len(gone), 'uploaded file')} gone whose documents are still there"
            yield Finding("uploads", told, "the next start of the server drops them", is_fault=False)


def _unknown(live: Snapshot, folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(
        str(path)
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.name[0] != "." and live.file(str(path)) is None
    )


def _give_up(path: Path, aside: Path) -> Outcome:
    return Outcome((f"the drafts were moved to {move_aside(path, aside)}: a cache, filled again",))
