"""Ingesting with a real Ray cluster of several processes: the same index, whoever is killed."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ingest.assembly import open_builder, open_cluster_reader, open_vectors, open_workers
from ingest.build import IngestReport
from ingest.cluster.workers import Workers
from ingest.documents import only_space_outside
from ingest.errors import ClusterUnavailable
from ingest.settings import IndexSettings, IngestSettings
from ingest.store import PassageKey
from ingest.store.sqlite import SqliteStore
from tests.services.ray_cluster import ROOT, Cluster, free_port

if not os.environ.get("REQUIRE_RAY"):
    pytest.skip("takes minutes, and Ray, which is 79 MB: `make test-ray`", allow_module_level=True)
if find_spec("ray") is None:
    raise RuntimeError("Ray is not installed: pip install -e '.[cluster]'")

WORDS = [
    "treaty",
    "harbour",
    "winter",
    "copper",
    "senate",
    "railway",
    "orchard",
    "glacier",
    "verdict",
    "satellite",
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    running = Cluster()
    yield running
    running.end()


@pytest.fixture
def mortal_cluster() -> Iterator[Cluster]:
    """One to be killed."""
    running = Cluster()
    yield running
    running.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of all kinds; some of them are twice there, some cannot be read, some clash."""
    folder = tmp_path / "files"
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    shutil.copytree(ROOT / "corpus", folder / "copies")
    (folder / "empty.txt").touch()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 10)
    write_records(folder / "records.jsonl", 60)
    with (folder / "records.jsonl").open("a") as lines:
        lines.write(
            'not a record\n{"_id": "again", "text": "Said once."}\n{"_id": "again", "text": "Twice."}\n'
        )
    write_records(folder / "zz.jsonl", 5)  # ids of the other file
    return folder


def write_records(path: Path, number: int) -> None:
    chance = random.Random(7)
    with path.open("w") as lines:
        for record in range(number):
            said = " ".join(
                f"The {chance.choice(WORDS)} of {chance.randrange(9999)} was seen." for _ in range(25)
            )
            lines.write(json.dumps({"_id": f"r{record}", "title": f"Record {record}", "text": said}) + "\n")


def settings_of(index: Path, **ingest: object) -> IndexSettings:
    return IndexSettings(index=index, ingest=IngestSettings(batch_passages=16, **ingest))


def locally(index: Path, folder: Path, **options: bool) -> IngestReport:
    # Vectors are kept for all tests, so that what is compared with costs little; none comes from a cluster.
    settings = settings_of(index, vector_cache=folder.parent.parent / "kept")
    return open_builder(settings).ingest([str(folder)], **options)


def on(
    cluster: Cluster,
    index: Path,
    folder: Path,
    *,
    meanwhile: Callable[[Workers], object] = lambda workers: None,
    options: dict[str, bool] | None = None,
    **ingest: object,
) -> tuple[IngestReport, Workers]:
    """An ingest on a cluster, during which something else happens."""
    settings = settings_of(index, **ingest)
    with open_workers(settings, cluster.address) as workers:
        builder = open_builder(settings, reader=open_cluster_reader(settings, workers))
        beside = threading.Thread(target=meanwhile, args=(workers,))
        beside.start()
        try:
            report = builder.ingest([str(folder)], **(options or {}))
        finally:
            beside.join()
        return report, workers


def contents(index: Path) -> dict[str, tuple]:
    """Everything live by document: facts, sentences, passages, vectors."""
    vectors = open_vectors(IndexSettings(index=index))
    found = {}
    with SqliteStore(index).reading() as live:
        for summary in live.summaries():
            document = live.document(summary.id)
            key = live.content_key(summary.id)
            assert key is not None
            passages = [PassageKey(key, number) for number in range(summary.passages)]
            held = vectors.vectors_of(passages)
            sentences = live.sentences(document)
            assert only_space_outside(document.text, [sentence.span for sentence in sentences])
            found[summary.id] = (
                document,
                summary,
                sentences,
                np.stack([held[passage] for passage in passages]),
            )
    return found


def assert_same(one: Path, other: Path) -> None:
    ours, theirs = contents(one), contents(other)
    assert ours.keys() == theirs.keys()
    for id_ in ours:
        assert ours[id_][:3] == theirs[id_][:3]
        np.testing.assert_allclose(ours[id_][3], theirs[id_][3], atol=1e-5)
    with SqliteStore(one).writing() as writing:
        assert writing.pending() == ()
    with SqliteStore(one).reading() as live:
        vectors = open_vectors(IndexSettings(index=one))
        assert vectors.count() == live.counts()[2]


def facts(report: IngestReport) -> IngestReport:
    return replace(report, seconds=0)


def test_an_index_built_on_ray_is_the_one_built_here(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    report, _ = on(cluster, there, folder)
    assert facts(report) == facts(locally(here, folder))
    assert report.added > 60
    assert report.shared > 20
    assert len(report.skipped) == 10
    assert_same(there, here)

    again, _ = on(cluster, there, folder)
    assert facts(again) == facts(locally(here, folder))
    assert again.added == again.passages == 0

    changed = next((folder / "corpus").rglob("*.md"))
    changed.write_text("# Otherwise\n\nThis is all new. It has two sentences.")
    next((folder / "copies").rglob("*.txt")).unlink()
    write_records(folder / "records.jsonl", 30)
    pruned, _ = on(cluster, there, folder, options={"prune": True})
    assert facts(pruned) == facts(locally(here, folder, prune=True))
    assert pruned.removed > 30
    assert_same(there, here)


def test_workers_that_are_killed_are_made_up_for(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    write_records(folder / "many.jsonl", 300)

    def kill(workers: Workers) -> None:
        chance = random.Random(3)
        for _ in range(4):
            time.sleep(chance.uniform(0.2, 1.5))
            for worker in cluster.head.workers() + cluster.second.workers():
                if chance.random() < 0.6:
                    kill_process(worker)

    report, workers = on(cluster, tmp_path / "there", folder, meanwhile=kill)
    assert workers.repeated
    assert facts(report) == facts(locally(tmp_path / "here", folder))
    assert_same(tmp_path / "there", tmp_path / "here")


def kill_process(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def test_a_file_that_every_worker_dies_of_is_skipped_with_its_reason(
    cluster: Cluster, tmp_path: Path
) -> None:
    (tmp_path / "files").mkdir()
    write_records(tmp_path / "files" / "deadly.jsonl", 3)

    with killing_all_workers(cluster) as begin:
        report, _ = on(cluster, tmp_path / "index", tmp_path / "files", meanwhile=lambda _: begin.set())
    assert report.skipped
    assert {skipped.place for skipped in report.skipped} == {"deadly.jsonl"}
    assert all("its worker died over it, 3 times" in skipped.reason for skipped in report.skipped)

    later, _ = on(cluster, tmp_path / "index", tmp_path / "files")
    assert later.skipped == ()
    assert report.added + later.added == 3


@contextmanager
def killing_all_workers(cluster: Cluster) -> Iterator[threading.Event]:
    """Kills whoever carries out an order, from the moment the event is set."""
    begin, end = threading.Event(), threading.Event()

    def kill() -> None:
        begin.wait()
        while not end.is_set():
            for worker in cluster.head.workers() + cluster.second.workers():
                kill_process(worker)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield begin
    finally:
        begin.set()
        end.set()
        killer.join()


def test_a_file_that_takes_too_long_is_skipped_and_the_others_are_not(
    cluster: Cluster, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    write_records(files / "records.jsonl", 50)
    (files / "endless.txt").write_text("The harbour was seen in the winter of copper. " * 100_000)
    report, _ = on(cluster, tmp_path / "index", files, worker_seconds=5)
    assert report.added == 50
    assert [(skipped.place, skipped.reason) for skipped in report.skipped] == [
        ("endless.txt", "took a worker more than 5 seconds (PINCITE_INGEST_WORKER_SECONDS)")
    ]


def test_a_machine_that_is_killed_is_made_up_for(
    mortal_cluster: Cluster, folder: Path, tmp_path: Path
) -> None:
    write_records(folder / "many.jsonl", 300)

    def kill(workers: Workers) -> None:
        time.sleep(2)
        mortal_cluster.second.kill()

    report, workers = on(mortal_cluster, tmp_path / "there", folder, meanwhile=kill)
    assert workers.repeated
    assert facts(report) == facts(locally(tmp_path / "here", folder))
    assert_same(tmp_path / "there", tmp_path / "here")


@pytest.mark.parametrize("delay", [0.5, 2.5])
def test_a_head_that_is_killed_leaves_what_is_live_and_the_next_ingest_completes_it(
    mortal_cluster: Cluster, folder: Path, tmp_path: Path, delay: float
) -> None:
    write_records(folder / "many.jsonl", 300)

    def kill(workers: Workers) -> None:
        time.sleep(delay)
        mortal_cluster.head.kill()

    with pytest.raises(ClusterUnavailable, match="run the same command again, and it goes on where it was"):
        on(mortal_cluster, tmp_path / "there", folder, meanwhile=kill)
    done = set(contents(tmp_path / "there"))  # whole, every one
    report = locally(tmp_path / "there", folder)
    assert report.added + len(done) == len(contents(tmp_path / "there"))
    locally(tmp_path / "here", folder)
    assert_same(tmp_path / "there", tmp_path / "here")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from api.cli import main; main()", *arguments]


def pincite(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_who_asked_may_be_killed_too(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    write_records(folder / "many.jsonl", 300)
    arguments = ("ingest", str(folder), "--index", str(tmp_path / "there"), "--ray", cluster.address)
    with subprocess.Popen(command(*arguments), env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        while not (tmp_path / "there" / "chroma").exists():
            time.sleep(0.1)
        time.sleep(2)
        process.kill()
    contents(tmp_path / "there")
    done = pincite(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["added"]
    locally(tmp_path / "here", folder)
    assert_same(tmp_path / "there", tmp_path / "here")


def test_the_report_is_alone_on_standard_output(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    done = pincite("ingest", str(folder), "--index", str(tmp_path), "--ray", cluster.address, "--json")
    assert json.loads(done.stdout)["added"]
    assert "2 cores of Ray read, split and embed" in done.stderr
    assert "skipped empty.txt: empty" in done.stderr


def test_a_cluster_is_reached_from_outside_by_its_client(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    write_records(tmp_path / "files" / "records.jsonl", 30)
    arguments = ("ingest", str(tmp_path / "files"), "--index", str(tmp_path / "there"), "--json", "--ray")
    done = pincite(*arguments, cluster.client_address)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["added"] == 30
    locally(tmp_path / "here", tmp_path / "files")
    assert_same(tmp_path / "there", tmp_path / "here")


def test_who_does_not_know_the_token_is_told_so(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    with (
        pytest.raises(ClusterUnavailable, match=r"(?i)token"),
        open_workers(settings_of(tmp_path), cluster.address),
    ):
        pass


def test_nobody_at_the_address_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A text.")
    address = f"127.0.0.1:{free_port()}"
    done = pincite("ingest", str(tmp_path / "a.txt"), "--index", str(tmp_path / "index"), "--ray", address)
    assert done.returncode == 1
    assert f"the Ray cluster {address} cannot be used: " in done.stderr
    assert "refused" in done.stderr
    assert not (tmp_path / "index").exists()


def test_a_worker_with_other_software_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    workers = open_workers(settings_of(tmp_path), cluster.address)
    workers._recipe = replace(workers._recipe, edition="0.0.1")
    with (
        pytest.raises(ClusterUnavailable, match=r"who asked has 0\.0\.1 .*install the same on all machines"),
        workers,
    ):
        pass


def test_a_worker_with_another_model_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    workers = open_workers(settings_of(tmp_path), cluster.address)
    other = workers._recipe.fingerprint.replace("all-MiniLM-L6-v2@", "all-MiniLM-L6-v2@0")
    workers._recipe = replace(workers._recipe, fingerprint=other)
    with pytest.raises(ClusterUnavailable, match="install the same on all machines"), workers:
        pass
