"""Removing while somebody reads, being killed in the middle, and what is done about it afterwards."""

from pathlib import Path

import pytest

from ingest import erasing
from ingest.build import Builder
from ingest.copies import Dropped
from ingest.index import ChromaIndex
from ingest.settings import IngestSettings
from ingest.store.sqlite import SqliteStore
from tests.fakes import HashEmbedder

SECRET = "Zanzibarica signed."


class Listener:
    """Copies that remember what they were told."""

    def __init__(self) -> None:
        self.told: list[Dropped] = []

    def forget(self, dropped: Dropped) -> None:
        self.told.append(dropped)


def builder(base: Path, listener: Listener | None = None) -> Builder:
    vectors = ChromaIndex(base / "index" / "chroma")
    store = SqliteStore(base / "index")
    return Builder(store, vectors, HashEmbedder(), IngestSettings(), listener or Listener())


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.txt").write_text(SECRET)
    (tmp_path / "folder" / "b.txt").write_text("Bob came.")
    builder(tmp_path).ingest([str(tmp_path / "folder")])
    return tmp_path


def files_with_secret(base: Path) -> list[str]:
    files = [path for path in (base / "index").rglob("*") if path.is_file()]
    return [path.name for path in files if b"nzibari" in path.read_bytes().lower()]


def test_a_reader_of_what_was_before_is_told_of_and_purging_finishes_the_work(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "PATIENCE_MS", 50)
    with SqliteStore(base / "index").reading() as before:
        assert before.document("a.txt").text == SECRET
        assert not builder(base).remove(["a.txt"])
        assert before.document("a.txt").text == SECRET
        assert not builder(base).purge()
        with SqliteStore(base / "index").reading() as live:
            assert live.unpurged() == 1
    assert builder(base).purge()
    assert files_with_secret(base) == []


def test_a_rebuild_leaves_nothing_of_what_it_did_not_read_again(base: Path) -> None:
    (base / "folder" / "a.txt").unlink()
    builder(base).ingest([str(base / "folder")], rebuild=True)
    assert files_with_secret(base) == []


def test_copies_are_told_before_and_after_a_document_goes_and_what_was_embedded_of_it(base: Path) -> None:
    listener = Listener()
    builder(base, listener).remove(["a.txt"])
    told = Dropped(frozenset({"a.txt"}), passages=(f"A\n{SECRET}",), embedder=HashEmbedder.fingerprint)
    assert listener.told == [told, told]


def test_a_text_that_another_document_has_stays_with_its_copies(base: Path) -> None:
    (base / "folder" / "c.txt").write_text(SECRET)
    builder(base).ingest([str(base / "folder")])
    listener = Listener()
    builder(base, listener).remove(["a.txt"])
    assert listener.told[0].passages == ()
    assert files_with_secret(base)
    assert builder(base).remove(["c.txt"])
    assert files_with_secret(base) == []


def test_of_a_replaced_text_what_stands_in_the_new_one_is_not_dropped(base: Path) -> None:
    listener = Listener()
    (base / "folder" / "b.txt").write_text("Bob came. " + "Then it rained all day long. " * 60)
    builder(base).ingest([str(base / "folder")])
    (base / "folder" / "b.txt").write_text("Bob came. " + "Then it rained all day long. " * 60 + "The end.")
    builder(base, listener).ingest([str(base / "folder")])
    dropped = listener.told[0]
    assert (dropped.removed, dropped.replaced) == (frozenset(), frozenset({"b.txt"}))
    assert dropped.passages
    assert not any(passage.startswith("B\nBob came.") for passage in dropped.passages)


def test_nothing_is_removed_if_its_copies_cannot_be(base: Path) -> None:
    class Stubborn(Listener):
        def forget(self, dropped: Dropped) -> None:
            raise OSError("the disk is read-only")

    with pytest.raises(OSError, match="read-only"):
        builder(base, Stubborn()).remove(["a.txt"])
    with SqliteStore(base / "index").reading() as live:
        assert live.document("a.txt").text == SECRET
