"""kill -9 at any moment of an ingest: nothing half-done is ever visible, nothing is lost."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingest.documents import Document, only_space_outside
from ingest.errors import IndexBusy
from ingest.index import ChromaIndex
from ingest.store import PassageKey
from tests.fakes import HashEmbedder
from tests.story.dying_ingest import builder, open_book

POINTS = 24
OLD = {
    f"{n}.txt": f"Document {n}. It holds the old fact {n}. {'More words follow here. ' * 12}"
    for n in range(8)
}
NEW = {
    **OLD,
    "1.txt": "Document 1 changed. It holds a new fact.",
    "2.txt": OLD["3.txt"],  # now the same text twice
    "9.txt": "Document 9 is new. It is short.",
}
del NEW["4.txt"]


def write(folder: Path, texts: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text)


def run(index: Path, folder: Path, fatal: int, address: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.story.dying_ingest", str(index), str(folder), str(fatal), address]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def live_texts(index: Path, address: str = "") -> dict[str, str]:
    """Text by id of every live document, each checked to be whole in both halves of the index."""
    vectors = ChromaIndex(index / "chroma")
    with open_book(index, address).reading() as live:
        texts = {}
        for summary in live.summaries():
            document = live.document(summary.id)
            check_sentences(document, live.sentences(document))
            key = live.content_key(summary.id)
            assert key is not None
            found = vectors.nearest(HashEmbedder().embed_query("fact"), 1000, [key], live.generation())
            assert {passage for passage, _ in found} == {
                PassageKey(key, n) for n in range(summary.passages)
            }, summary
            texts[summary.id] = document.text
    vectors.close()
    return texts


def check_sentences(document: Document, sentences: tuple) -> None:
    assert sentences
    assert only_space_outside(document.text, [sentence.span for sentence in sentences])


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder and an index of its old state, to be copied for every kill."""
    base = tmp_path_factory.mktemp("before")
    write(base / "folder", OLD)
    builder(base / "index").ingest([str(base / "folder")])
    write(base / "folder", NEW)
    return base


@pytest.fixture(scope="module")
def calls(before: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls an ingest takes that nobody kills."""
    copy = tmp_path_factory.mktemp("undisturbed") / "copy"
    shutil.copytree(before, copy)
    # The folder keeps its path: origins are absolute.
    done = run(copy / "index", before / "folder", 0)
    assert done.returncode == 0, done.stderr
    assert live_texts(copy / "index") == NEW
    return int(done.stdout.split()[-1])


@pytest.mark.parametrize("point", range(POINTS))
def test_a_killed_ingest_shows_whole_documents_only_and_the_next_one_completes_it(
    before: Path, calls: int, point: int, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    shutil.copytree(before / "index", index)
    killed = run(index, before / "folder", 1 + calls * point // POINTS)
    assert killed.returncode == -signal.SIGKILL

    check_whole_and_complete(index, before / "folder")


@pytest.mark.parametrize("delay", [0.005 * 2**step for step in range(7)])
def test_killed_by_the_clock_inside_whatever_is_running_it_is_no_different(
    before: Path, delay: float, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    shutil.copytree(before / "index", index)
    command = [sys.executable, "-m", "tests.story.dying_ingest", str(index), str(before / "folder"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begins\n"
        time.sleep(delay)
        process.kill()
    check_whole_and_complete(index, before / "folder")


def check_whole_and_complete(index: Path, folder: Path, address: str = "") -> None:
    """What a killed ingest left is whole; the next one completes it and leaves nothing behind."""
    for name, text in live_texts(index, address).items():
        assert text in (OLD.get(name), NEW.get(name))

    complete(index, folder, address)
    assert live_texts(index, address) == NEW
    with open_book(index, address).writing() as writing:
        assert writing.pending() == ()
    vectors = ChromaIndex(index / "chroma")
    with open_book(index, address).reading() as live:
        assert vectors.count() == live.counts()[2]
    vectors.close()


def complete(index: Path, folder: Path, address: str) -> None:
    """Ingests again, when the dead writer's lock is gone: a database server takes a moment to notice."""
    for _ in range(100):
        try:
            builder(index, address).ingest([str(folder)], prune=True)
        except IndexBusy:
            assert address
            time.sleep(0.1)
        else:
            return
    raise AssertionError("a dead writer's lock is still held")
