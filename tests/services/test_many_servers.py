"""Three real servers over one PostgreSQL database and one Chroma server, with nothing shared but these."""

import itertools
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest

from ingest.assembly import open_builder
from ingest.build import Builder
from ingest.errors import IndexBusy
from ingest.settings import IndexSettings, StorageSettings
from tests.postgres import Cluster
from tests.services.chroma_server import ChromaServer
from tests.story.test_stopping import Served

TOPICS = ("harbour", "orchard", "railway", "lighthouse")
SERVERS = 3
ROUNDS = 20
RETRY_SECONDS = 0.05


class Fleet:
    """Servers on machines of their own, as far as folders can tell; texts are ingested from another one."""

    def __init__(self, base: Path, book: str, chroma: ChromaServer) -> None:
        self.texts = base / "texts"
        self.uploads = base / "uploads"
        self.book = book
        self._base = base
        self._storage = {"book": book, "vectors": chroma.address, "vectors_collection": "many"}
        settings = IndexSettings(index=base / "elsewhere", storage=StorageSettings(**self._storage))  # type: ignore[arg-type]
        self._builder: Builder = open_builder(settings)
        self.servers: list[Served] = []

    def start(self) -> Served:
        """One more server."""
        number = len(self.servers)
        index = self._base / f"machine-{number}" / "index"
        index.mkdir(parents=True)
        (index / "models").symlink_to(self._base / "elsewhere" / "models")  # else each makes them once
        storage = {f"PINCITE_STORAGE_{name.upper()}": value for name, value in self._storage.items()}
        serve = {
            "PINCITE_SERVE_UPLOADS": str(self.uploads),
            "PINCITE_SERVE_REQUESTS_PER_MINUTE": "1000000",
        }
        self.servers.append(Served(index, self._base / f"log-{number}", **storage, **serve))
        return self.servers[-1]

    def execute(self, statement: str) -> None:
        """Changes the database behind the servers' backs."""
        with psycopg.connect(self.book) as connection:
            connection.execute(statement.encode())

    def ingest(self, topic: str, edition: int) -> None:
        """Writes a text anew and ingests it, as `pincite ingest` does on some machine."""
        self.texts.mkdir(exist_ok=True)
        text = self.texts / f"{topic}.txt"
        text.write_text(f"The {topic} was described in edition {edition}. It is old.")
        while True:
            try:
                self._builder.ingest([str(text)])
            except IndexBusy:  # a server reads an upload, or sweeps
                time.sleep(RETRY_SECONDS)
            else:
                return


@pytest.fixture(scope="module")
def fleet(
    cluster: Cluster, chroma: ChromaServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    with cluster.schema() as book:
        fleet = Fleet(tmp_path_factory.mktemp("fleet"), book, chroma)
        for topic in TOPICS:
            fleet.ingest(topic, 0)
        for _ in range(SERVERS):
            fleet.start()
        for server in fleet.servers:
            server.wait_until(lambda client: client.get("/readyz").status_code == 200)
        yield fleet
        for server in fleet.servers:
            server.client.close()
            server.process.kill()
            server.process.wait()


@dataclass(frozen=True)
class Told:
    """What was acknowledged of a topic: no earlier edition is live, and whether there is one at all."""

    least: int
    is_there: bool


@dataclass
class Hammer:
    """Asks all servers in turn while texts change, and holds every answer against what was acknowledged."""

    fleet: Fleet
    told: dict[str, Told] = field(default_factory=lambda: dict.fromkeys(TOPICS, Told(0, is_there=True)))
    over: threading.Event = field(default_factory=threading.Event)
    asked: int = 0
    retried: int = 0
    wrong: list[str] = field(default_factory=list)

    def ask(self, first: int, route: str, name: str) -> None:
        for number in itertools.count(first):
            if self.over.is_set():
                return
            topic = TOPICS[number % len(TOPICS)]
            before = self.told[topic]
            asked = {name: f"In which edition was the {topic} described?"}
            try:
                reply = self._client(number).post(route, json=asked)
            except httpx.TransportError:
                self.retried += 1
                reply = self._client(number + 1).post(route, json=asked)
            self._judge(topic, before, reply)
            self.asked += 1

    def _client(self, number: int) -> httpx.Client:
        return self.fleet.servers[number % SERVERS].client

    def _judge(self, topic: str, before: Told, reply: httpx.Response) -> None:
        if reply.status_code != 200:
            self.wrong.append(f"{reply.status_code} {reply.text}")
            return
        editions = {
            int(number) for number in re.findall(rf"{topic} was described in edition (\d+)", reply.text)
        }
        if len(editions) > 1 or any(edition < before.least for edition in editions):
            self.wrong.append(f"{topic}: {editions}, though {before} was acknowledged")
        if before.is_there and self.told[topic] == before and not editions:
            self.wrong.append(f"{topic}: nothing, though {before} was acknowledged")


def delete(client: httpx.Client, document: str) -> None:
    while (reply := client.delete(f"/v1/documents/{document}")).status_code == 503:
        time.sleep(RETRY_SECONDS)  # a sweep holds the write lock
    assert reply.status_code == 204, reply.text


@contextmanager
def hammered(fleet: Fleet) -> Iterator[Hammer]:
    """All servers under questions while the context lives; none may have been answered wrongly."""
    hammer = Hammer(fleet)
    asking = [threading.Thread(target=hammer.ask, args=(n, "/v1/search", "query")) for n in range(6)]
    asking.append(threading.Thread(target=hammer.ask, args=(0, "/v1/chat", "question")))
    for thread in asking:
        thread.start()
    try:
        yield hammer
    finally:
        hammer.over.set()
        for thread in asking:
            thread.join()
    assert hammer.wrong[:5] == []
    assert hammer.asked > ROUNDS


def test_no_server_shows_what_any_of_them_was_told_is_gone(fleet: Fleet) -> None:
    with hammered(fleet) as hammer:
        for number in range(1, ROUNDS):
            topic = TOPICS[number % len(TOPICS)]
            fleet.ingest(topic, number)
            hammer.told[topic] = Told(number, is_there=True)
            if number % 3 == 0:
                hammer.told[topic] = Told(number, is_there=False)  # from now on it may be gone
                delete(fleet.servers[number % SERVERS].client, f"{topic}.txt")
                hammer.told[topic] = Told(number + 1, is_there=False)
    assert hammer.retried == 0


def shows(client: httpx.Client, text: str) -> bool:
    reply = client.post("/v1/search", json={"query": text})
    assert reply.status_code == 200, reply.text
    return any(text in found["text"] for found in reply.json()["passages"])


def test_what_one_server_takes_in_is_told_found_and_deleted_by_all(fleet: Fleet) -> None:
    first, second, third = (server.client for server in fleet.servers)
    text = "The windmill of Zanzibar was painted green."
    started = first.post("/v1/documents", files=[("files", ("windmill.txt", text.encode()))]).json()
    while (job := second.get(f"/v1/jobs/{started['job']}").json())["state"] not in ("done", "failed"):
        time.sleep(RETRY_SECONDS)
    assert (job["state"], job["report"]["added"], job["report"]["erased"]) == ("done", 1, None), job
    assert all(shows(client, text) for client in (first, second, third))
    with third.stream("GET", f"/v1/jobs/{started['job']}/events") as events:
        assert "event: done" in events.read().decode()
    delete(third, "windmill.txt")
    assert not any(shows(client, text) for client in (first, second, third))
    assert not (fleet.uploads / "windmill.txt").exists()


LATER = (
    ("UPDATE layouts SET version = version {} 1 WHERE part = 'book'", ("+", "-"), "index-corrupt"),
    (
        "UPDATE meta SET value = replace(value, 'sentences-{}') WHERE name = 'fingerprint'",
        ("1', 'sentences-9", "9', 'sentences-1"),
        "index-mismatch",
    ),
)


@pytest.mark.parametrize(("change", "there_and_back", "told"), LATER)
def test_an_index_of_a_later_version_is_refused_by_all_and_left_alone(
    fleet: Fleet, change: str, there_and_back: tuple[str, str], told: str
) -> None:
    there, back = there_and_back
    clients = [server.client for server in fleet.servers]
    fleet.execute(change.format(there))
    for client in clients:
        assert client.get("/readyz").status_code == 503
        refused = client.post("/v1/search", json={"query": "harbour"})
        assert refused.json()["type"] == f"urn:pincite:problem:{told}"
    fleet.execute(change.format(back))
    for client in clients:
        assert client.get("/readyz").status_code == 200


def test_a_server_that_is_killed_costs_its_clients_one_retry(fleet: Fleet) -> None:
    for topic in TOPICS:
        fleet.ingest(topic, ROUNDS)
    with hammered(fleet) as hammer:
        fleet.servers[-1].process.kill()
        asked = hammer.asked
        fleet.ingest("harbour", ROUNDS + 1)
        hammer.told["harbour"] = Told(ROUNDS + 1, is_there=True)
        while hammer.asked < asked + 5 * ROUNDS:
            time.sleep(RETRY_SECONDS)
    assert hammer.retried > 0
