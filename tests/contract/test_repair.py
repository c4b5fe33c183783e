"""Every kind of damage, made for real, is found, named and repaired; run on real SQLite and real Chroma."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from ingest.assembly import open_halves
from ingest.build import Builder
from ingest.errors import IndexCorrupt, IndexMissing
from ingest.fingerprint import fingerprint_of
from ingest.index import ChromaIndex
from ingest.settings import IndexSettings, IngestSettings
from ingest.store import PassageKey, Pending
from ingest.store.sqlite import FILE_NAME, SqliteStore
from ingest.upkeep.apart import check_apart
from ingest.upkeep.findings import Outcome
from ingest.upkeep.repair import Repair, examine, mend_file
from ingest.upkeep.vectors import VectorCheck, check_vectors, mend_vectors
from tests.fakes import CountedEmbedder

SETTINGS = IngestSettings(batch_passages=50, passage_tokens=64)
PAGE = 4096
POINTS = 2  # at which a repair is killed
TEXTS = {
    f"{n}.txt": f"Document {n}\n\n"
    + "\n\n".join(f"It holds fact {n} of part {m}. More words follow it here." for m in range(20))
    for n in range(12)
}


class Place:
    """An index, and the folder it was made of."""

    def __init__(self, base: Path) -> None:
        self.index, self.folder = base / "index", base / "folder"
        self.book = self.index / FILE_NAME
        self.embedder = CountedEmbedder()

    @property
    def store(self) -> SqliteStore:
        return SqliteStore(self.index)

    def open_vectors(self) -> ChromaIndex:
        return ChromaIndex(self.index / "chroma")

    def ingest(self, *arguments: Path) -> None:
        vectors = self.open_vectors()
        Builder(self.store, vectors, self.embedder, SETTINGS).ingest([str(path) for path in arguments])
        vectors.close()

    def told(self) -> list[str]:
        """The faults there are, by part."""
        vectors = self.open_vectors()
        try:
            found = examine(self.store, vectors, partial(check_vectors, self.store, vectors))
            return sorted({finding.part for finding in found if finding.is_fault})
        finally:
            vectors.close()

    def repair(self, *arguments: Path) -> Outcome:
        vectors = self.open_vectors()
        builder = Builder(self.store, vectors, self.embedder, SETTINGS)
        fingerprint = fingerprint_of(self.embedder, SETTINGS)
        aside = self.index / "damaged-now"
        repair = Repair(
            self.store,
            vectors,
            partial(mend_file, self.store, self.embedder, fingerprint, aside),
            self.embedder,
            builder,
            partial(check_vectors, self.store, vectors),
            fingerprint,
            aside,
        )
        try:
            return repair.run([str(path) for path in arguments])
        finally:
            vectors.close()

    def texts(self) -> dict[str, str]:
        with self.store.reading() as live:
            return {each.id: live.document(each.id).text for each in live.summaries()}

    def embedded(self) -> int:
        return sum(map(len, self.embedder.calls))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("made")
    place = Place(base)
    place.folder.mkdir()
    for name, text in TEXTS.items():
        (place.folder / name).write_text(text)
    place.ingest(place.folder)
    with closing(sqlite3.connect(place.book)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return base


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Place:
    """An index of twelve documents to damage at will; their files stay where they are."""
    shutil.copytree(made / "index", tmp_path / "index")
    place = Place(tmp_path)
    place.folder = made / "folder"
    return place


def pages_of(place: Place, table: str) -> list[int]:
    """Numbers from 0 of the pages of a table or index."""
    with closing(sqlite3.connect(place.book)) as connection:
        rows = connection.execute("SELECT pageno FROM dbstat WHERE name = ?", (table,)).fetchall()
    return [row[0] - 1 for row in rows]


def overwrite(place: Place, page: int, with_: bytes = b"\xa5" * PAGE) -> None:
    with place.book.open("r+b") as file:
        file.seek(page * PAGE)
        file.write(with_)


def test_a_sound_index_is_found_sound_and_left_as_it_is(place: Place) -> None:
    before = place.book.read_bytes()
    assert place.told() == []
    assert place.repair() == Outcome()
    assert place.told() == []
    assert place.embedded() == 0
    assert [path.name for path in place.index.glob("damaged*")] == []
    assert len(before) == place.book.stat().st_size


TABLES = (
    "contents",
    "documents",
    "sentences",
    "passages",
    "files",
    "meta",
    "documents_origin",
    "documents_content",
)


@pytest.mark.parametrize("table", TABLES)
def test_pages_overwritten_in_the_middle_of_the_file_cost_nothing_that_the_files_still_hold(
    place: Place, table: str
) -> None:
    pages = pages_of(place, table)
    overwrite(place, pages[len(pages) // 2])
    assert place.told() == ["index"]
    outcome = place.repair()
    assert outcome.lost == ()
    assert place.told() == []
    assert place.texts() == TEXTS
    assert (place.index / "damaged-now" / FILE_NAME).is_file()


@pytest.mark.parametrize("table", ["contents", "sentences"])
def test_a_page_of_zeros_is_damage_too(place: Place, table: str) -> None:
    overwrite(place, pages_of(place, table)[-1], bytes(PAGE))
    assert place.told() == ["index"]
    assert place.repair().lost == ()
    assert place.texts() == TEXTS


def test_what_the_damaged_book_still_holds_needs_no_file_and_what_it_lost_is_named(
    place: Place, tmp_path: Path
) -> None:
    own = Path(shutil.copytree(place.folder, tmp_path / "own"))
    shutil.rmtree(place.index)
    place.ingest(own)
    shutil.rmtree(own)
    pages = pages_of(place, "contents")
    overwrite(place, pages[len(pages) // 2])
    outcome = place.repair()
    kept = place.texts()
    assert 0 < len(kept) < len(TEXTS)
    assert kept.items() <= TEXTS.items()
    for name in TEXTS.keys() - kept.keys():
        assert any(told.startswith(f"{name}: ") and "is gone" in told for told in outcome.lost)
    assert len(outcome.lost) == len(TEXTS) - len(kept)
    assert place.told() == []
    assert place.repair() == Outcome()


def test_what_was_embedded_and_is_whole_is_not_embedded_again(place: Place) -> None:
    with place.store.reading() as live:
        passages = live.counts()[2]
    pages = pages_of(place, "contents")
    overwrite(place, pages[len(pages) // 2])
    place.repair()
    assert 0 < place.embedded() < passages / 2


WHOLE = {
    "first page overwritten": lambda book: book.write_bytes(b"\xa5" * PAGE + book.read_bytes()[PAGE:]),
    "no database": lambda book: book.write_bytes(b"no database, surely not" * 1000),
    "no bytes": lambda book: book.write_bytes(b""),
    "gone": lambda book: book.unlink(),
}


@pytest.mark.parametrize("damage", WHOLE.values(), ids=WHOLE.keys())
def test_a_book_that_is_lost_altogether_is_made_again_from_the_files_that_are_named(
    place: Place, damage: Callable[[Path], object]
) -> None:
    damage(place.book)
    assert place.told() == ["index"]
    outcome = place.repair(place.folder)
    assert "name your files" in outcome.lost[0]
    assert place.texts() == TEXTS
    assert place.told() == []


def test_a_file_cut_short_keeps_what_is_left_of_it(place: Place) -> None:
    whole = place.book.read_bytes()
    place.book.write_bytes(whole[: len(whole) // 2 // PAGE * PAGE])
    assert place.told() == ["index"]
    outcome = place.repair()
    assert set(place.texts().items()) <= set(TEXTS.items())
    assert place.told() == []
    if place.texts() != TEXTS:
        assert outcome.lost


@pytest.mark.parametrize("table", ["lexical_data", "lexical_idx", "lexical_content", "lexical_docsize"])
def test_a_damaged_lexical_index_is_made_again_from_the_texts_and_nothing_else_is_touched(
    place: Place, table: str
) -> None:
    overwrite(place, pages_of(place, table)[-1])
    assert "lexical index" in place.told() or "index" in place.told()
    assert place.repair().lost == ()
    assert place.told() == []
    assert place.texts() == TEXTS
    assert place.embedded() == 0


ROWS = {
    "a term is gone": ("DELETE FROM lexical_data WHERE id > 10", "lexical index"),
    "a passage is not to be found": ("DELETE FROM lexical WHERE rowid = 3", "lexical index"),
    "a passage is to be found by other words": (
        "UPDATE lexical SET text = 'other words' WHERE rowid = 3",
        "lexical index",
    ),
    "a sentence is gone": ("DELETE FROM sentences WHERE content = 2 AND ordinal = 5", "index"),
    "a sentence is cut elsewhere": (
        "UPDATE sentences SET stop = stop - 1 WHERE content = 2 AND ordinal = 5",
        "index",
    ),
    "a span cannot be": ("UPDATE sentences SET start = stop WHERE content = 2 AND ordinal = 5", "index"),
    "a passage is gone": ("DELETE FROM passages WHERE content = 2 AND ordinal = 1", "index"),
    "a passage starts elsewhere": ("UPDATE passages SET start = start + 1 WHERE content = 2", "index"),
    "a text is another": ("UPDATE contents SET text = replace(text, 'fact', 'lies') WHERE key = 2", "index"),
    "a text is gone": ("DELETE FROM contents WHERE key = 2", "index"),
    "a document is gone": ("DELETE FROM documents WHERE content = 2", "index"),
    "headings cannot be": ("UPDATE documents SET headings = '[[3, 3]]' WHERE content = 2", "index"),
}


@pytest.mark.parametrize(("sql", "part"), ROWS.values(), ids=ROWS.keys())
def test_rows_that_do_not_fit_are_found_and_put_right(place: Place, sql: str, part: str) -> None:
    with closing(sqlite3.connect(place.book)) as connection, connection:
        connection.execute(sql)
    assert place.told()[0] == part
    assert place.repair().lost == ()
    assert place.told() == []
    assert place.texts() == TEXTS


def test_a_journal_that_waits_is_no_fault(place: Place) -> None:
    with place.store.writing() as writing:
        writing.remove(["1.txt"])
        writing.reserve([3])
    assert place.told() == []


def other_index(place: Place, base: Path) -> Place:
    other = Place(base / "other")
    other.ingest(place.folder / "1.txt", place.folder / "2.txt")
    return other


def delete_vectors(place: Place) -> None:
    shutil.rmtree(place.index / "chroma")


def swap_vectors(place: Place) -> None:
    other = other_index(place, place.index.parent)
    delete_vectors(place)
    (other.index / "chroma").rename(place.index / "chroma")


def garbage(place: Place) -> None:
    (place.index / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)


def overwrite_vectors(place: Place) -> None:
    path = place.index / "chroma" / "chroma.sqlite3"
    whole = path.read_bytes()
    path.write_bytes(whole[: PAGE * 2] + b"\xa5" * PAGE * 20 + whole[PAGE * 22 :])


@pytest.mark.parametrize("damage", [delete_vectors, swap_vectors, garbage, overwrite_vectors])
def test_vectors_that_are_lost_or_of_another_index_are_refused_and_embedded_again_from_the_passages(
    place: Place, damage: Callable[[Place], None]
) -> None:
    damage(place)
    assert place.told() == ["vectors"]
    with pytest.raises(IndexCorrupt, match="pincite doctor --repair"):
        place.ingest(place.folder)
    place.embedder.calls.clear()
    assert place.repair().lost == ()
    assert place.told() == []
    with place.store.reading() as live:
        assert place.embedded() == live.counts()[2]
    assert (place.index / "damaged-now" / "chroma").is_dir() == (damage is not delete_vectors)


def test_only_vectors_that_are_missing_are_embedded_again(place: Place) -> None:
    vectors = place.open_vectors()
    vectors.forget([Pending(3, 2)])
    vectors.close()
    assert place.told() == ["vectors"]
    assert place.repair().done == ("2 passages embedded again",)
    assert place.embedded() == 2
    assert place.told() == []


def test_vectors_of_no_passage_are_deleted_and_those_that_are_none_made_again(place: Place) -> None:
    vectors = place.open_vectors()
    some = place.embedder.embed_passages(["one", "two", "three"])
    vectors.upsert([PassageKey(999, 0), PassageKey(4, 99), PassageKey(5, 0)], some * [[1], [1], [3]])
    vectors.close()
    assert place.told() == ["vectors"]
    place.repair()
    assert place.told() == []
    vectors = place.open_vectors()
    with place.store.reading() as live:
        assert set(vectors.keys()) == set(live.passage_keys())
    vectors.close()


def test_a_book_and_vectors_damaged_at_once_are_repaired_at_once(place: Place) -> None:
    overwrite(place, pages_of(place, "contents")[3])
    swap_vectors(place)
    assert place.repair().lost == ()
    assert place.told() == []
    assert place.texts() == TEXTS


def test_an_index_of_a_later_version_is_not_repaired(place: Place) -> None:
    with closing(sqlite3.connect(place.book)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for look in (place.told, place.repair):
        with pytest.raises(IndexCorrupt, match="update it"):
            look()
    assert place.book.is_file()


def test_where_nothing_was_ingested_there_is_nothing_to_repair(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing):
        Place(tmp_path).told()


def test_vectors_that_end_whoever_reads_them_are_found_and_moved_away(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.folder.mkdir()
    for number in range(260):  # with more than a thousand vectors Chroma writes its graph to the disk
        text = "\n\n".join(f"Document {number} holds fact {m} about {m * number}. " * 3 for m in range(12))
        (place.folder / f"{number}.txt").write_text(text)
    place.ingest(place.folder)
    (graph,) = (place.index / "chroma").glob("*/data_level0.bin")
    size = graph.stat().st_size
    with graph.open("r+b") as file:
        file.seek(size // 4)
        file.write(random.Random(0).randbytes(size // 4))
    opened = partial(open_halves, IndexSettings(index=place.index))
    found = check_apart(opened)
    assert found.unusable
    place.embedder.calls.clear()
    with place.store.reading() as live:
        passages = live.counts()[2]
    aside, vectors = tmp_path / "aside", place.open_vectors()
    mend_vectors(place.store, vectors, place.embedder, aside, usable=False)
    vectors.close()
    assert place.embedded() == passages
    assert check_apart(opened) == VectorCheck()
    assert (aside / "chroma").is_dir()


DYING = """
import os, signal, sys
from pathlib import Path
from tests.contract.test_repair import Place

calls, fatal = 0, int(sys.argv[2])
def count(frame, event, argument):
    global calls
    if event in ("call", "c_call") and "/ingest/" in frame.f_code.co_filename:
        calls += 1
        if calls == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

place = Place(Path(sys.argv[1]))
sys.setprofile(count)
place.repair()
sys.setprofile(None)
print(calls)
"""


def test_a_repair_killed_at_any_moment_is_completed_by_the_next_one(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pages = pages_of(place, "contents")
    overwrite(place, pages[len(pages) // 2])
    swap_vectors(place)

    def run(at: int) -> tuple[Place, subprocess.CompletedProcess[str]]:
        base = tmp_path_factory.mktemp("killed")
        shutil.copytree(place.index, base / "index")
        command = [sys.executable, "-c", DYING, base, str(at)]
        return Place(base), subprocess.run(command, capture_output=True, text=True, check=False)

    undisturbed, done = run(0)
    assert undisturbed.texts() == TEXTS, done.stderr
    calls = int(done.stdout)
    for point in range(POINTS):
        killed, process = run(1 + calls * point // POINTS)
        assert process.returncode == -signal.SIGKILL
        assert killed.repair().lost == ()
        assert killed.told() == []
        assert killed.texts() == TEXTS
