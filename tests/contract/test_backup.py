"""A backup is one moment of the index, whatever is going on; only a whole one is restored."""

import io
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from ingest.errors import BackupRefused, IndexCorrupt, IndexMissing
from ingest.index import ChromaIndex
from ingest.store.sqlite import FILE_NAME, SqliteStore
from ingest.upkeep.backup import MANIFEST, VECTORS, BackupReport, Contents, write_backup
from ingest.upkeep.repair import examine
from ingest.upkeep.restore import RestoreReport, Target, restore_backup
from ingest.upkeep.vectors import check_vectors
from tests.fakes import HashEmbedder
from tests.story.dying_ingest import builder

NAMES = frozenset({FILE_NAME, VECTORS, MANIFEST, "keys.json", "notes.sqlite3"})
TEXTS = {f"{n}.txt": f"Document {n} of the first edition. {'It holds a fact. ' * 20}" for n in range(20)}
EDITING = """
import sys
from pathlib import Path
from tests.story.dying_ingest import builder

index, folder = map(Path, sys.argv[1:])
print("begins", flush=True)
for edition in range(2, 8):
    for number in range(20):
        text = f"Document {number} of edition {edition}. " + "It holds a fact. " * 20
        (folder / f"{number}.txt").write_text(text)
    builder(index).ingest([str(folder)])
"""
KILLED = """
import os, signal, sys
from pathlib import Path
from tests.contract import test_backup as t

calls = 0
def count(frame, event, argument):
    global calls
    if event in ("call", "c_call") and "/upkeep/" in frame.f_code.co_filename:
        calls += 1
        if calls == int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(count)
getattr(t, sys.argv[4])(Path(sys.argv[1]), Path(sys.argv[2]))
sys.setprofile(None)
print(calls)
"""


def back_up(index: Path, target: Path) -> BackupReport:
    vectors = ChromaIndex(index / "chroma")
    uploads = index.absolute() / "uploads"
    files = {f"uploads/{path.name}": path for path in sorted(uploads.glob("*"))}
    databases = {path.name: path for path in index.glob("notes.sqlite3")}
    files |= {path.name: path for path in index.glob("keys.json")}
    try:
        return write_backup(SqliteStore(index), vectors, Contents(databases, files, uploads), target)
    finally:
        vectors.close()


def bring_back(archive: Path, index: Path, uploads: Path | None = None) -> RestoreReport:
    uploads = uploads or index.absolute() / "uploads"
    return restore_backup(
        archive, Target(index, uploads, NAMES, lambda folder: ChromaIndex(folder / "chroma"))
    )


def check_sound(index: Path) -> None:
    store, vectors = SqliteStore(index), ChromaIndex(index / "chroma")
    found = examine(store, vectors, partial(check_vectors, store, vectors))
    assert [finding for finding in found if finding.is_fault] == []
    vectors.close()


def texts(index: Path) -> dict[str, str]:
    with SqliteStore(index).reading() as live:
        return {each.id: live.document(each.id).text for each in live.summaries()}


def nearest(index: Path) -> list:
    vectors = ChromaIndex(index / "chroma")
    with SqliteStore(index).reading() as live:
        found = vectors.nearest(
            HashEmbedder().embed_query("the first edition 7"), 99, None, live.generation()
        )
    vectors.close()
    return sorted(found, key=lambda each: (-each[1], each[0].content, each[0].ordinal))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("made")
    uploads = base / "index" / "uploads"
    uploads.mkdir(parents=True)
    for name, text in TEXTS.items():
        (uploads / name).write_text(text)
    builder(base / "index").ingest([str(uploads)])
    (base / "index" / "keys.json").write_text("[]")
    with closing(sqlite3.connect(base / "index" / "notes.sqlite3")) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE notes (text)")
        connection.execute("INSERT INTO notes VALUES ('kept')")
    back_up(base / "index", base / "backup.tar")
    return base


@pytest.fixture
def index(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "index", tmp_path / "index"))


def test_what_is_restored_is_what_was_there_and_found_the_same(made: Path, tmp_path: Path) -> None:
    report = bring_back(made / "backup.tar", tmp_path / "new")
    assert (report.documents, report.files) == (20, 24)
    assert texts(tmp_path / "new") == TEXTS
    assert nearest(tmp_path / "new") == nearest(made / "index")
    assert (tmp_path / "new" / "keys.json").read_text() == "[]"
    with closing(sqlite3.connect(tmp_path / "new" / "notes.sqlite3")) as connection:
        assert connection.execute("SELECT text FROM notes").fetchall() == [("kept",)]
    check_sound(tmp_path / "new")


def test_restored_uploads_are_known_where_they_are_now(made: Path, tmp_path: Path) -> None:
    bring_back(made / "backup.tar", tmp_path / "new")
    uploads = (tmp_path / "new" / "uploads").absolute()
    with SqliteStore(tmp_path / "new").reading() as live:
        assert live.origin_of("3.txt") == str(uploads / "3.txt")
        assert {file.root for file in live.files()} == {str(uploads)}
    report = builder(tmp_path / "new").ingest([str(uploads)], prune=True)
    assert (report.unchanged, report.added, report.removed, report.skipped) == (20, 0, 0, ())


def test_uploads_may_have_a_folder_elsewhere_and_empty_folders_are_taken(made: Path, tmp_path: Path) -> None:
    new, uploads = tmp_path / "new", tmp_path / "kept" / "uploads"
    for folder in (new, uploads):
        folder.mkdir(parents=True)
    bring_back(made / "backup.tar", new, uploads)
    assert {path.name for path in uploads.iterdir()} == set(TEXTS)
    assert not (new / "uploads").exists()
    with SqliteStore(new).reading() as live:
        assert live.origin_of("3.txt") == str(uploads / "3.txt")
    assert not list(tmp_path.rglob("*.restoring"))


def test_a_backup_taken_while_another_process_ingests_is_one_moment_of_the_index(
    index: Path, tmp_path: Path
) -> None:
    folder = index / "uploads"
    taken = []
    with subprocess.Popen([sys.executable, "-c", EDITING, index, folder], stdout=subprocess.PIPE) as editing:
        assert editing.stdout is not None
        assert editing.stdout.readline() == b"begins\n"
        while editing.poll() is None and len(taken) < 12:
            target = tmp_path / f"{len(taken)}.tar"
            back_up(index, target)
            taken.append(target)
        editing.wait()
    assert editing.returncode == 0
    assert taken
    check_sound(index)  # whoever reads beside a writer costs it nothing
    for target in taken[:: max(1, len(taken) // 3)]:
        restored = tmp_path / f"of-{target.stem}"
        bring_back(target, restored)
        check_sound(restored)
        assert texts(restored).keys() == TEXTS.keys()


def test_a_backup_is_there_whole_or_not_at_all(index: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, index, tmp_path / "b.tar", "130", "back_up"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "b.tar").exists()
    back_up(index, tmp_path / "b.tar")
    assert bring_back(tmp_path / "b.tar", tmp_path / "new").documents == 20


def test_a_restore_that_was_killed_is_begun_anew(made: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, made / "backup.tar", tmp_path / "new", "280", "bring_back"]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert not (tmp_path / "new").exists()
    bring_back(made / "backup.tar", tmp_path / "new")
    check_sound(tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_damaged_index_is_not_backed_up(index: Path, tmp_path: Path) -> None:
    shutil.rmtree(index / "chroma")
    with pytest.raises(IndexCorrupt, match="pincite doctor --repair"):
        back_up(index, tmp_path / "b.tar")
    with (index / FILE_NAME).open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xa5" * 8192)
    with pytest.raises(IndexCorrupt, match="pincite doctor --repair"):
        back_up(index, tmp_path / "b.tar")
    with pytest.raises(IndexMissing):
        back_up(tmp_path / "none", tmp_path / "b.tar")
    assert list(tmp_path.glob("*.tar")) == []


def test_an_empty_index_comes_back_empty(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    builder(tmp_path / "index").ingest([str(tmp_path / "nothing")])
    back_up(tmp_path / "index", tmp_path / "b.tar")
    assert bring_back(tmp_path / "b.tar", tmp_path / "new").documents == 0
    check_sound(tmp_path / "new")


@pytest.mark.parametrize("inside", ["keys.json", "uploads/a.txt"])
def test_a_folder_that_is_not_empty_is_not_restored_into(made: Path, tmp_path: Path, inside: str) -> None:
    kept = tmp_path / "new" / inside
    kept.parent.mkdir(parents=True)
    kept.write_text("mine")
    with pytest.raises(BackupRefused, match="is not empty"):
        bring_back(made / "backup.tar", tmp_path / "new")
    assert kept.read_text() == "mine"


def members(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as opened:
        return {each.name: opened.extractfile(each).read() for each in opened}  # type: ignore[union-attr]


def packed(archive: Path, entries: Mapping[str, bytes], *odd: tarfile.TarInfo) -> Path:
    with tarfile.open(archive, "w") as made:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
        for entry in odd:
            made.addfile(entry)
    return archive


def linked(name: str, kind: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, "/etc/passwd"
    return entry


def with_manifest(entries: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    return {**entries, MANIFEST: json.dumps({**json.loads(entries[MANIFEST]), **changes}).encode()}


ODD: dict[str, Callable[[dict[str, bytes], Path], Path]] = {
    "out of the folder": lambda all_, to: packed(to, {**all_, "../evil.txt": b"x"}),
    "out of uploads": lambda all_, to: packed(to, {**all_, "uploads/../../evil.txt": b"x"}),
    "absolute": lambda all_, to: packed(to, {**all_, "/tmp/evil.txt": b"x"}),
    "deep": lambda all_, to: packed(to, {**all_, "uploads/a/b.txt": b"x"}),
    "not ours": lambda all_, to: packed(to, {**all_, "pincite.toml": b"x"}),
    "a link": lambda all_, to: packed(to, all_, linked("uploads/l.txt", tarfile.SYMTYPE)),
    "a hard link": lambda all_, to: packed(to, all_, linked("uploads/l.txt", tarfile.LNKTYPE)),
    "a device": lambda all_, to: packed(to, all_, linked("uploads/l.txt", tarfile.CHRTYPE)),
    "twice": lambda all_, to: packed(to, all_, *[tarfile.TarInfo("keys.json")]),
    "another text": lambda all_, to: packed(to, {**all_, "uploads/3.txt": b"Another text."}),
    "one file less": lambda all_, to: packed(to, {k: v for k, v in all_.items() if k != "uploads/3.txt"}),
    "one file more": lambda all_, to: packed(to, {**all_, "uploads/more.txt": b"x"}),
    "no manifest": lambda all_, to: packed(to, {k: v for k, v in all_.items() if k != MANIFEST}),
    "no book": lambda all_, to: packed(to, with_manifest({MANIFEST: all_[MANIFEST]}, files={})),
    "a later format": lambda all_, to: packed(to, with_manifest(all_, format=99)),
    "nonsense for a manifest": lambda all_, to: packed(to, {**all_, MANIFEST: b"{}"}),
    "no archive": lambda _, to: [to.write_bytes(b"no archive" * 1000), to][1],  # type: ignore[list-item, return-value]
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_what_is_no_whole_backup_of_ours_is_refused_and_leaves_nothing(
    made: Path, tmp_path: Path, odd: Callable[[dict[str, bytes], Path], Path]
) -> None:
    archive = odd(members(made / "backup.tar"), tmp_path / "odd.tar")
    with pytest.raises(BackupRefused):
        bring_back(archive, tmp_path / "inner" / "new")
    assert not list((tmp_path / "inner").iterdir())
    assert not (tmp_path / "evil.txt").exists()


def test_an_archive_cut_short_is_refused(made: Path, tmp_path: Path) -> None:
    whole = (made / "backup.tar").read_bytes()
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "short.tar").write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BackupRefused):
            bring_back(tmp_path / "short.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()
