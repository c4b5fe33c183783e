"""Doctor, backup and restore where servers hold a half of the index, or both."""

import dataclasses
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import numpy as np
import psycopg
import pytest

from api.settings import Settings
from api.upkeep import backup, examine_all, mend_all, restore
from ingest.assembly import open_builder, open_store, open_vectors
from ingest.build import unwatched
from ingest.errors import BackupRefused, IndexCorrupt, IndexRefused, IngestError
from ingest.settings import IndexSettings
from ingest.store import PassageKey, Pending
from ingest.upkeep.findings import Outcome
from ingest.vectors import VectorIndex
from tests.postgres import Cluster
from tests.services.chroma_server import ChromaServer

COLLECTION = "looked-after"
TEXTS = {
    "lighthouse.txt": "Ada Bell keeps the lighthouse. It was built in 1871.",
    "orchard.txt": "The orchard has forty trees. Most of them are apple trees.",
    "railway.txt": "The railway reached the harbour in 1904. It was closed in 1962.",
}
ENGINES = ("a file and a server", "a database and a folder", "a database and a server")


@dataclasses.dataclass(frozen=True)
class Place:
    """An index of three short texts, and what may be done to it behind its back."""

    settings: Settings
    folder: Path

    @contextmanager
    def vectors(self) -> Iterator[VectorIndex]:
        with closing(open_vectors(self.settings)) as vectors:
            yield vectors

    def execute(self, statement: str) -> None:
        assert self.settings.storage.book is not None
        with psycopg.connect(self.settings.storage.book.get_secret_value()) as connection:
            connection.execute(statement.encode())

    def told(self) -> list[str]:
        """The faults there are, by part."""
        return [finding.part for finding in examine_all(self.settings) if finding.is_fault]

    def repair(self, *paths: Path) -> Outcome:
        return mend_all(self.settings, [str(path) for path in paths], unwatched)


def drop_collection(address: str) -> None:
    place = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{COLLECTION}"
    httpx.delete(address + place)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of models of an index, made once for all."""
    base = tmp_path_factory.mktemp("models")
    (base / "text.txt").write_text("Text.")
    open_builder(IndexSettings(index=base / "index")).ingest([str(base / "text.txt")])
    return base / "index" / "models"


def make(base: Path, models: Path, **storage: str) -> Place:
    index, folder = base / "index", base / "folder"
    index.mkdir(parents=True)
    (index / "models").symlink_to(models)
    folder.mkdir(exist_ok=True)
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    settings = Settings(index=index, storage=storage)  # type: ignore[arg-type]
    open_builder(settings).ingest([str(folder)])
    return Place(settings, folder)


@pytest.fixture(params=ENGINES)
def place(
    request: pytest.FixtureRequest, cluster: Cluster, chroma: ChromaServer, models: Path, tmp_path: Path
) -> Iterator[Place]:
    storage = {}
    if "server" in request.param:
        drop_collection(chroma.address)
        storage |= {"vectors": chroma.address, "vectors_collection": COLLECTION}
    with cluster.schema() as address:
        if "database" in request.param:
            storage["book"] = address
        yield make(tmp_path, models, **storage)


in_servers = pytest.mark.parametrize("place", ENGINES[2:], indirect=True)
in_a_file = pytest.mark.parametrize("place", ENGINES[:1], indirect=True)
on_a_server = pytest.mark.parametrize("place", [ENGINES[0], ENGINES[2]], indirect=True)


def test_vectors_that_are_missing_damaged_or_of_no_passage_are_found_and_mended(place: Place) -> None:
    with place.vectors() as vectors:
        keys = vectors.keys()
        (damaged,) = vectors.vectors_of(keys[:1]).values()
        vectors.upsert([keys[0], PassageKey(999, 0)], np.stack([damaged * 3, damaged]))
        vectors.forget([Pending(keys[1].content, 1)])
    told = examine_all(place.settings)
    assert [finding.told for finding in told] == [
        "1 vector missing",
        "1 vector damaged",
        "1 vector of no passage",
    ]
    assert place.repair() == Outcome(("1 vector of no passage deleted", "2 passages embedded again"))
    assert examine_all(place.settings) == ()


@on_a_server
def test_vectors_that_are_lost_are_told_and_embedded_again_from_the_book(place: Place) -> None:
    drop_collection(str(place.settings.storage.vectors))
    with pytest.raises(IndexCorrupt, match="pincite doctor --repair"):
        open_builder(place.settings).ingest([str(place.folder)])
    shutil.rmtree(place.folder)
    assert place.told() == ["vectors"]
    assert place.repair().done == ("3 passages embedded again",)
    assert place.told() == []


def test_what_servers_keep_of_removed_documents_is_not_said_to_be_gone_and_not_tried_again(
    place: Place,
) -> None:
    builder = open_builder(place.settings)
    assert builder.remove(["orchard.txt"]) is None
    with open_store(place.settings).reading() as live:
        assert live.unpurged() == 0
    assert builder.purge() is None
    assert builder.ingest([str(place.folder / "railway.txt")]).erased is None


@on_a_server
def test_vectors_of_another_index_are_told_and_left_to_it(place: Place) -> None:
    with place.vectors() as vectors:
        vectors.claim("theirs")
    assert place.told() == ["vectors"]
    with pytest.raises(IndexRefused, match=r"set storage\.vectors_collection to a name of this index's own"):
        place.repair()
    with place.vectors() as vectors:
        assert vectors.is_of("theirs")
        assert vectors.count() == 3


@in_a_file
def test_an_index_made_anew_takes_no_vectors_from_another(place: Place) -> None:
    (place.settings.index / "pincite.sqlite3").unlink()
    with pytest.raises(IndexRefused, match="holds the vectors of another index"):
        place.repair(place.folder)
    with place.vectors() as vectors:
        assert vectors.count() == 3


ROWS = {
    "a text is another": ("UPDATE contents SET text = replace(text, 'forty', 'fifty')", "index"),
    "a sentence is gone": ("DELETE FROM sentences WHERE content = 2 AND ordinal = 1", "index"),
    "a passage is gone": ("DELETE FROM passages WHERE content = 2", "index"),
    "a passage is not found by its words": ("DELETE FROM lexical WHERE content = 2", "lexical index"),
    "a passage is found by others": (
        "UPDATE lexical SET words = 'pear' WHERE content = 2",
        "lexical index",
    ),
}


@in_servers
@pytest.mark.parametrize(("sql", "part"), ROWS.values(), ids=ROWS.keys())
def test_what_is_wrong_in_a_database_is_named_and_left_to_its_own_tools(
    place: Place, sql: str, part: str
) -> None:
    place.execute(sql)
    (found,) = examine_all(place.settings)
    assert (found.part, found.is_fault, found.is_mended) == (part, True, False)
    assert "orchard.txt" in found.told
    assert "pg_restore" in found.told
    if part == "index":
        with pytest.raises(IndexCorrupt, match="pg_restore"):
            place.repair()
    else:
        assert place.repair() == Outcome()
    open_builder(place.settings).ingest([str(place.folder)], rebuild=True)  # as that message says
    assert examine_all(place.settings) == ()


@in_servers
def test_backup_and_restore_name_what_takes_their_place(place: Place, tmp_path: Path) -> None:
    for refused in (backup, restore):
        with pytest.raises(IngestError, match=r"pg_dump.*pg_restore"):
            refused(place.settings, tmp_path / "backup.tar")
    assert not (tmp_path / "backup.tar").exists()


@in_a_file
def test_a_backup_with_vectors_from_a_server_is_restored_into_another_place_there(
    place: Place, tmp_path: Path
) -> None:
    archive = tmp_path / "backup.tar"
    assert backup(place.settings, archive).passages == 3
    storage = place.settings.storage
    new = place.settings.model_copy(update={"index": tmp_path / "new"})
    with pytest.raises(BackupRefused, match=r"storage\.vectors_collection.*holds 3 vectors already"):
        restore(new, archive)
    elsewhere = storage.model_copy(update={"vectors_collection": "looked-after-elsewhere"})
    restored = new.model_copy(update={"storage": elsewhere})
    assert restore(restored, archive).passages == 3
    for settings in (place.settings, restored):
        assert examine_all(settings) == ()
    with closing(open_vectors(restored)) as vectors, place.vectors() as before:
        keys = before.keys()
        held, expected = vectors.vectors_of(keys), before.vectors_of(keys)
        assert all(np.allclose(held[key], expected[key], atol=1e-6) for key in keys)
    with open_store(restored).reading() as live:
        assert live.document("orchard.txt").text == TEXTS["orchard.txt"]
