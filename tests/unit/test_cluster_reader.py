"""The look-ahead of a cluster's reader, with workers that answer in any order and die now and then."""

import json
import random
from pathlib import Path

import pytest

from ingest.build import Builder, IngestReport
from ingest.cluster import work
from ingest.cluster.reader import ClusterReader
from ingest.cluster.work import Failed, Load, Made, Order, Prepare
from ingest.cluster.workers import Piece
from ingest.documents import Document, embedded_text
from ingest.readers import prepare_document
from ingest.settings import IngestSettings
from ingest.store.sqlite import SqliteStore
from tests.fakes import BruteForceIndex, CountedEmbedder, HashEmbedder

DEADLY = "kills whoever reads it"
SETTINGS = IngestSettings(batch_passages=8, passage_tokens=64)


class ErraticWorkers:
    """Carries orders out in this process, in random order; a document that says so kills its worker."""

    def __init__(self, cores: int, seed: int = 0) -> None:
        self.cores = cores
        self.repeated = 0
        self.most_pending = 0
        self._chance = random.Random(seed)
        self._pending: list[Piece] = []

    def start(self, order: Order, attempts: int = 3) -> Piece:
        piece = Piece(order, attempts)
        self._pending.append(piece)
        self.most_pending = max(self.most_pending, len(self._pending))
        return piece

    def pending(self) -> int:
        return len(self._pending)

    def look(self) -> None:
        """Nothing happens unless somebody waits."""

    def wait(self) -> None:
        piece = self._pending.pop(self._chance.randrange(len(self._pending)))
        piece.result = self._result(piece.order)

    def _result(self, order: Order) -> object:
        match order:
            case Load():
                return work._load(order, SETTINGS.max_bytes)
            case Prepare():
                if any(DEADLY in document.text for document in order.documents):
                    return Failed("its worker died over it, 3 times")
                return [made(document) for document in order.documents]


def made(document: Document) -> Made:
    prepared = prepare_document(document, HashEmbedder(), SETTINGS.passage_tokens)
    vectors = HashEmbedder().embed_passages(
        [embedded_text(passage.context, passage.text) for passage in prepared.passages]
    )
    return Made(prepared.sentences, prepared.passages, vectors)


class House:
    """An index whose files are read by such workers; `embedder` is that of who stores."""

    def __init__(self, index: Path, workers: ErraticWorkers | None) -> None:
        self.store, self.vectors, self.embedder = SqliteStore(index), BruteForceIndex(), CountedEmbedder()
        reader = ClusterReader(workers, SETTINGS.max_bytes) if workers else None
        self._builder = Builder(self.store, self.vectors, self.embedder, SETTINGS, reader=reader)

    def ingest(self, folder: Path, **options: bool) -> dict[str, object]:
        report = self._builder.ingest([str(folder)], **options)
        return {name: getattr(report, name) for name in IngestReport.__slots__ if name != "seconds"}

    def contents(self) -> dict[str, tuple]:
        with self.store.reading() as live:
            keys = {summary.id: live.content_key(summary.id) for summary in live.summaries()}
            return {
                id_: (
                    live.document(id_),
                    live.sentences(live.document(id_)),
                    sorted(
                        (passage.ordinal, vector.tobytes())
                        for passage, vector in self.vectors._vectors.items()
                        if passage.content == key
                    ),
                )
                for id_, key in keys.items()
            }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_text(
            f"Text {number % 20}. " + "It has some more to say. " * number
        )
    (folder / "binary.txt").write_bytes(bytes(range(256)))
    (folder / "empty.txt").touch()
    write_records(folder / "records.jsonl", 80)
    write_records(folder / "clash.jsonl", 3)
    return folder


def write_records(path: Path, number: int) -> None:
    records = (
        {"_id": f"r{n}", "text": f"Record {n} holds the fact {n}. " * (n % 9 + 1)} for n in range(number)
    )
    path.write_text("".join(json.dumps(record) + "\n" for record in records) + "no record\n")


@pytest.fixture
def pairs(tmp_path: Path) -> list[tuple[House, House]]:
    """Houses whose files others read, each with one that reads its own."""
    return [
        (
            House(tmp_path / f"there{cores}", ErraticWorkers(cores, seed=cores)),
            House(tmp_path / f"here{cores}", None),
        )
        for cores in (0, 1, 3)
    ]


def test_index_and_report_do_not_tell_who_read_the_files(
    pairs: list[tuple[House, House]], folder: Path
) -> None:
    for there, here in pairs:
        assert there.ingest(folder) == here.ingest(folder)
        assert there.contents() == here.contents()
        assert there.embedder.calls == []  # nothing was left for who stores
    (folder / "03.txt").write_text("Now something else. It is new.")
    (folder / "04.txt").write_text((folder / "05.txt").read_text())
    (folder / "06.txt").unlink()
    write_records(folder / "records.jsonl", 40)
    for there, here in pairs:
        assert there.ingest(folder, prune=True) == here.ingest(folder, prune=True)
        assert there.contents() == here.contents()


def test_what_is_stored_is_not_prepared_again(tmp_path: Path, folder: Path) -> None:
    workers = ErraticWorkers(2)
    house = House(tmp_path / "index", workers)
    house.ingest(folder)
    asked: list[Order] = []
    workers._result = lambda order: asked.append(order) or ErraticWorkers._result(workers, order)  # type: ignore[method-assign]
    house.ingest(folder)
    assert not [order for order in asked if isinstance(order, Prepare)]
    assert {order.name for order in asked} == {
        "binary.txt",
        "records.jsonl",
        "clash.jsonl",
    }  # held skipped ones


def test_a_text_that_kills_is_skipped_wherever_it_stands_and_its_neighbours_are_not(
    tmp_path: Path, folder: Path
) -> None:
    (folder / "05.txt").write_text(f"This {DEADLY}.")
    (folder / "25.txt").write_text(f"This {DEADLY}.")
    with (folder / "records.jsonl").open("a") as lines:
        lines.write(json.dumps({"_id": "deadly", "text": f"This, too, {DEADLY}."}) + "\n")
    house = House(tmp_path / "index", ErraticWorkers(2))
    report = house.ingest(folder)
    told = {str(skipped) for skipped in report["skipped"] if "died" in skipped.reason}  # type: ignore[attr-defined]
    assert told == {
        "05.txt: its worker died over it, 3 times",
        "25.txt: its worker died over it, 3 times",
        "records.jsonl: 'deadly': its worker died over it, 3 times",
    }
    assert report["added"] == 28 + 80
    assert house.embedder.calls == []

    (folder / "05.txt").write_text("This is harmless.")
    assert house.ingest(folder)["added"] == 1


def test_what_is_sent_ahead_is_bounded(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.txt").write_text(f"Text {number} is long. {'word ' * 7000}")
    workers = ErraticWorkers(2)
    House(tmp_path / "index", workers).ingest(folder)
    assert workers.most_pending <= 2 * (4 + 4)
