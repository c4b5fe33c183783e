"""Every kind of damage, made for real, is found, named and repaired; run on real SQLite and real Chroma."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingest.build import Builder
from ingest.errors import IndexCorrupt
from ingest.fingerprint import fingerprint_of
from ingest.index import ChromaIndex
from ingest.settings import IngestSettings
from ingest.store import FILE_NAME, Pending, Store
from ingest.upkeep.findings import Outcome, is_sound
from ingest.upkeep.repair import Repair, examine
from tests.fakes import CountedEmbedder

SETTINGS = IngestSettings(batch_passages=50, passage_tokens=64)
PAGE = 4096
TEXTS = {
    f"{n}.txt": f"Document {n}\n\n"
    + "\n\n".join(f"It holds fact {n} of part {m}. More words follow it here." for m in range(30))
    for n in range(12)
}


class Place:
    """An index, and the folder it was made of."""

    def __init__(self, base: Path) -> None:
        self.index, self.folder = base / "index", base / "folder"
        self.book = self.index / FILE_NAME
        self.embedder = CountedEmbedder()

    @property
    def store(self) -> Store:
        return Store(self.index)

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
            return sorted({f.part for f in examine(self.store, vectors) if f.is_fault})
        finally:
            vectors.close()

    def repair(self, *arguments: Path) -> Outcome:
        vectors = self.open_vectors()
        builder = Builder(self.store, vectors, self.embedder, SETTINGS)
        fingerprint = fingerprint_of(self.embedder, SETTINGS)
        repair = Repair(self.store, vectors, self.embedder, builder, fingerprint, self.index / "damaged-now")
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
def place(made: Path, tmp_path: Path) -> Iterator[Place]:
    """An index of twelve documents to damage at will; their files stay where they are."""
    shutil.copytree(made / "index", tmp_path / "index")
    place = Place(tmp_path)
    place.folder = made / "folder"
    yield place


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
