"""Ingesting as a user does: folders that change, files that are broken, the same thing twice."""

import json
import shutil
from pathlib import Path

import pytest

from ingest.assembly import open_builder, open_index_embedder
from ingest.build import Builder, IngestReport, Progress
from ingest.embedding import Embedder
from ingest.embedding.cached import FILE_NAME, CachedEmbedder
from ingest.errors import DocumentNotFound, IndexMismatch, ModelUnavailable
from ingest.index import ChromaIndex
from ingest.settings import IndexSettings, IngestSettings
from ingest.store.sqlite import SqliteStore
from tests.fakes import CountedEmbedder, HashEmbedder


class House:
    """A folder of documents and an index of it."""

    def __init__(self, base: Path, settings: IngestSettings | None = None) -> None:
        self.folder = base / "folder"
        self.folder.mkdir(exist_ok=True)
        self.index = base / "index"
        self.settings = settings or IngestSettings(batch_passages=8)
        self.embedder: Embedder = HashEmbedder()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def builder(self) -> Builder:
        vectors = ChromaIndex(self.index / "chroma")
        return Builder(SqliteStore(self.index), vectors, self.embedder, self.settings)

    def ingest(self, *arguments: object, **options: bool) -> IngestReport:
        paths = [str(argument) for argument in arguments] or [str(self.folder)]
        return self.builder().ingest(paths, **options)

    def ids(self) -> list[str]:
        with SqliteStore(self.index).reading() as live:
            return [summary.id for summary in live.summaries()]

    def text(self, document_id: str) -> str:
        with SqliteStore(self.index).reading() as live:
            return live.document(document_id).text


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.write("a.txt", "Alpha is the first. It stays.")
    house.write("sub/b.md", "# Beta\n\nBeta is the second.")
    return house


def test_ids_are_paths_relative_to_what_was_ingested(house: House) -> None:
    assert house.ingest().added == 2
    assert house.ids() == ["a.txt", "sub/b.md"]


def test_files_and_globs_can_be_named_too(house: House) -> None:
    house.ingest(house.folder / "a.txt", f"{house.folder}/**/*.md")
    assert house.ids() == ["a.txt", "sub/b.md"]


def test_ingesting_twice_changes_nothing(house: House) -> None:
    first = house.ingest()
    with SqliteStore(house.index).reading() as live:
        generation = live.generation()
    second = house.ingest()
    assert (first.added, first.unchanged) == (2, 0)
    assert (second.added, second.replaced, second.unchanged, second.passages) == (0, 0, 2, 0)
    with SqliteStore(house.index).reading() as live:
        assert live.generation() == generation


def test_a_changed_file_replaces_its_old_version(house: House) -> None:
    house.ingest()
    house.write("a.txt", "Alpha is new.")
    report = house.ingest()
    assert (report.added, report.replaced, report.unchanged) == (0, 1, 1)
    assert house.text("a.txt") == "Alpha is new."


def test_a_file_that_broke_is_skipped_and_its_earlier_version_stays(house: House) -> None:
    house.ingest()
    (house.folder / "a.txt").write_bytes(b"\x00\x01\x02" * 50)
    report = house.ingest()
    assert [skipped.place for skipped in report.skipped] == ["a.txt"]
    assert house.text("a.txt").startswith("Alpha")


def test_what_is_gone_is_dropped_only_when_asked(house: House) -> None:
    house.ingest()
    (house.folder / "a.txt").unlink()
    assert house.ingest().removed == 0
    assert house.ids() == ["a.txt", "sub/b.md"]
    assert house.ingest(prune=True).removed == 1
    assert house.ids() == ["sub/b.md"]


def test_pruning_one_folder_leaves_another_alone(house: House) -> None:
    house.ingest()
    shutil.rmtree(house.folder / "sub")
    (house.folder / "a.txt").unlink()
    assert house.ingest(house.folder / "sub", prune=True).removed == 1
    assert house.ids() == ["a.txt"]


def test_the_same_content_is_stored_once_and_both_places_are_named(house: House) -> None:
    house.write("copy.txt", "Alpha is the first. It stays.")
    report = house.ingest()
    assert (report.added, report.shared) == (3, 1)
    with SqliteStore(house.index).reading() as live:
        assert live.places("copy.txt") == ("a.txt", "copy.txt")
    assert ChromaIndex(house.index / "chroma").count() == 2


def test_a_renamed_file_keeps_its_text_and_costs_no_embedding(house: House) -> None:
    house.ingest()
    (house.folder / "a.txt").rename(house.folder / "z.txt")
    report = house.ingest(prune=True)
    assert (report.added, report.removed, report.passages) == (1, 1, 0)
    assert house.ids() == ["sub/b.md", "z.txt"]


def test_a_removed_document_is_gone_and_comes_back_with_the_next_ingest(house: House) -> None:
    house.ingest()
    house.builder().remove(["a.txt"])
    assert house.ids() == ["sub/b.md"]
    assert ChromaIndex(house.index / "chroma").count() == 1
    assert house.ingest().added == 1


def test_removing_a_stranger_removes_nothing(house: House) -> None:
    house.ingest()
    with pytest.raises(DocumentNotFound, match="nobody"):
        house.builder().remove(["a.txt", "nobody.txt"])
    assert house.ids() == ["a.txt", "sub/b.md"]


def test_everything_that_cannot_be_read_is_named_and_the_rest_goes_on(house: House) -> None:
    house.write("empty.txt", "")
    house.write("image.png", "not for us")
    house.write("broken.pdf", "%PDF-1.4 and then nothing")
    house.write("fake.docx", "PK not a zip")
    with (house.folder / "huge.txt").open("wb") as huge:
        huge.truncate(210_000_000)
    report = house.ingest(house.folder, "nowhere.txt")
    reasons = {skipped.place: skipped.reason for skipped in report.skipped}
    assert set(reasons) == {
        "empty.txt", "image.png", "broken.pdf", "fake.docx", "huge.txt", "nowhere.txt",
    }  # fmt: skip
    assert all(reasons.values())
    assert "210 MB" in reasons["huge.txt"]
    assert report.added == 2


def test_hidden_files_the_index_and_ignored_files_are_passed_over(house: House) -> None:
    house.write(".secret.txt", "Hidden.")
    house.write("drafts/c.txt", "A draft.")
    house.write(".pinciteignore", "# not yet\ndrafts/\n*.md\n")
    house.index = house.folder / "index"
    assert house.ingest().skipped == ()
    assert house.ingest().added == 0
    assert house.ids() == ["a.txt"]


def test_json_lines_hold_many_documents_and_one_bad_line_costs_only_itself(house: House) -> None:
    records = [{"_id": f"r{n}", "title": f"Record {n}", "text": f"Fact number {n}."} for n in range(30)]
    lines = [json.dumps(record) for record in records]
    lines.insert(5, "{not json")
    house.write("corpus.jsonl", "\n".join(lines))
    report = house.ingest(house.folder / "corpus.jsonl")
    assert report.added == 30
    assert [skipped.where for skipped in report.skipped] == ["corpus.jsonl line 6"]
    house.write("corpus.jsonl", "\n".join(lines[:5]))
    report = house.ingest(house.folder / "corpus.jsonl")
    assert (report.unchanged, report.removed) == (5, 25)


def test_an_id_that_another_file_holds_is_refused_by_name(house: House, tmp_path: Path) -> None:
    house.ingest()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("Another alpha.")
    report = house.ingest(tmp_path / "other")
    assert report.added == 0
    assert "belongs to" in report.skipped[0].reason
    assert house.text("a.txt").startswith("Alpha is the first")


def test_a_file_named_again_under_another_root_keeps_its_id(house: House) -> None:
    house.ingest()
    house.write("sub/b.md", "# Beta\n\nBeta changed.")
    assert house.ingest(house.folder / "sub").replaced == 1
    assert house.ids() == ["a.txt", "sub/b.md"]


def test_an_index_refuses_other_settings_and_a_rebuild_takes_them(house: House, tmp_path: Path) -> None:
    house.ingest()
    other = House(tmp_path, IngestSettings(passage_tokens=64))
    with pytest.raises(IndexMismatch, match=r"passage_tokens \d+, settings ask for 64"):
        other.ingest()
    assert other.ingest(rebuild=True).added == 2


def test_a_rebuild_equals_a_build(house: House) -> None:
    house.ingest()
    house.write("a.txt", "Alpha is new.")
    house.ingest()

    def stored() -> list[tuple]:
        with SqliteStore(house.index).reading() as live:
            documents = [live.document(summary.id) for summary in live.summaries()]
            return [(document, live.sentences(document)) for document in documents]

    grown = stored()
    house.ingest(rebuild=True)
    assert stored() == grown


def test_with_a_vector_cache_a_rebuild_embeds_nothing_and_a_changed_file_only_what_is_new(
    house: House, tmp_path: Path
) -> None:
    inner = CountedEmbedder()
    house.embedder = CachedEmbedder(inner, tmp_path / "kept")
    house.ingest()
    embedded = len(inner.calls)
    report = house.ingest(rebuild=True)
    assert (report.added, report.passages, len(inner.calls)) == (2, 2, embedded)
    house.write("a.txt", "Alpha is new.")
    house.ingest(rebuild=True)
    assert [len(texts) for texts in inner.calls[embedded:]] == [1]


def test_a_rebuild_that_could_not_embed_leaves_the_index_as_it_is(house: House, tmp_path: Path) -> None:
    house.ingest()
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / FILE_NAME).write_bytes(b"no database, but long enough to be read as the head of one" * 20)
    house.embedder = CachedEmbedder(HashEmbedder(), kept)
    with pytest.raises(ModelUnavailable, match="delete the file"):
        house.ingest(rebuild=True)
    with SqliteStore(house.index).reading() as live:
        assert live.counts()[0] == 2


def test_a_vector_cache_can_be_set_for_an_index_that_was_built_without_one(
    house: House, tmp_path: Path
) -> None:
    open_builder(IndexSettings(index=house.index)).ingest([str(house.folder)])
    settings = IngestSettings(vector_cache=tmp_path / "kept")
    assert (
        open_builder(IndexSettings(index=house.index, ingest=settings)).ingest([str(house.folder)]).unchanged
        == 2
    )
    assert not (tmp_path / "kept").exists()
    open_builder(IndexSettings(index=house.index, ingest=settings)).ingest([str(house.folder)], rebuild=True)
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["vectors.sqlite3"]
    assert not isinstance(
        open_index_embedder(IndexSettings(index=house.index, ingest=settings)), CachedEmbedder
    )


def test_progress_is_reported_to_the_last_file(house: House) -> None:
    seen: list[Progress] = []
    house.builder().ingest([str(house.folder)], watch=seen.append)
    assert seen[-1].files == seen[-1].files_found == 2
    assert seen[-1].passages == 2
