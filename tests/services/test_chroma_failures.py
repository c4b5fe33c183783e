"""What goes wrong between us and a Chroma server: told plainly, got over where that is possible."""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest.errors import IndexBusy, IndexCorrupt, IndexRefused, IndexUnreachable, IngestError
from ingest.served_index import ServedChromaIndex
from ingest.settings import StorageSettings
from ingest.store import PassageKey
from tests.servers import running
from tests.services.chroma_server import ChromaServer, chroma_server

KEYS = [PassageKey(1, 0), PassageKey(2, 0)]
VECTORS = np.array([[1, 0, 0], [0, 1, 0]], dtype=np.float32)
TOKEN = "tok-5f1c9a77e0"
Answer = Callable[[Request], Response | None]


class Gate:
    """Stands before a Chroma server: passes on what `answer` does not answer itself."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.address = ""
        self.answer: Answer = lambda request: None
        self.requests = 0

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(base_url=self.target, timeout=30) as self.client:
            yield

    async def pass_on(self, request: Request) -> Response:
        self.requests += 1
        if (own := self.answer(request)) is not None:
            return own
        body = await request.body()
        kind = {"content-type": "application/json"}
        told = await self.client.request(request.method, request.url.path, content=body, headers=kind)
        return Response(told.content, told.status_code, media_type=told.headers.get("content-type"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    with chroma_server(tmp_path_factory.mktemp("chroma-server")) as server:
        yield server


@pytest.fixture
def gate(server: ChromaServer) -> Iterator[Gate]:
    gate = Gate(server.address)
    methods = ["GET", "POST", "PUT", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", gate.pass_on, methods=methods)], lifespan=gate.lifespan)
    with running(uvicorn.Config(app, log_level="error")) as gate.address:
        yield gate


@pytest.fixture
def opened() -> Iterator[Callable[..., ServedChromaIndex]]:
    indexes: list[ServedChromaIndex] = []

    def open_index(address: str, **settings: object) -> ServedChromaIndex:
        settings = {"vectors_timeout_seconds": 2} | settings
        indexes.append(ServedChromaIndex(address, StorageSettings(**settings)))  # type: ignore[arg-type]
        return indexes[-1]

    yield open_index
    for index in indexes:
        index.close()


def found(index: ServedChromaIndex) -> list[int]:
    return [key.content for key, _ in index.nearest(VECTORS[0], 5, None, 1)]


@pytest.fixture
def filled(gate: Gate, opened: Callable[..., ServedChromaIndex]) -> ServedChromaIndex:
    index = opened(gate.address)
    index.clear()
    index.upsert(KEYS, VECTORS)
    return index


def fails(status: int, times: int = 10_000, **headers: str) -> Answer:
    left = [times]

    def answer(request: Request) -> Response | None:
        left[0] -= 1
        return Response(f"told {status}", status, headers) if left[0] >= 0 else None

    return answer


def test_a_server_that_is_not_there_is_named_with_the_setting_and_may_be_tried_again(
    opened: Callable[..., ServedChromaIndex],
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(IndexUnreachable, match=rf"{address} cannot be reached.*storage\.vectors") as told:
            found(opened(address))
    assert told.value.retryable


def test_a_server_that_never_answers_is_given_up_in_time(opened: Callable[..., ServedChromaIndex]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(IndexUnreachable, match=rf"{address} did not answer in time"):
            found(opened(address, vectors_timeout_seconds=1))


@pytest.mark.parametrize("status", [429, 503])
def test_what_passes_is_asked_again(filled: ServedChromaIndex, gate: Gate, status: int) -> None:
    gate.answer = fails(status, times=2)
    assert found(filled) == [1, 2]
    gate.answer = fails(status, times=2)
    filled.upsert(KEYS, VECTORS)
    assert filled.count() == 2


@pytest.mark.parametrize("status", [500, 502])
def test_what_does_not_pass_is_told_as_the_servers_and_may_be_tried_again(
    filled: ServedChromaIndex, gate: Gate, status: int
) -> None:
    gate.answer = fails(status)
    with pytest.raises(IndexUnreachable, match=rf"{gate.address} failed \(HTTP {status}, 'told {status}'\)"):
        found(filled)
    gate.answer = lambda request: None
    assert found(filled) == [1, 2]


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_refused_is_no_matter_of_trying_again(
    filled: ServedChromaIndex, gate: Gate, status: int
) -> None:
    gate.answer = fails(status)
    before = gate.requests
    with pytest.raises(IndexRefused, match=r"lets us not in.*storage\.vectors_token_file") as told:
        found(filled)
    assert not told.value.retryable
    assert gate.requests == before + 1


def test_something_else_than_chroma_is_told_as_that(filled: ServedChromaIndex, gate: Gate) -> None:
    for answer in (fails(404), fails(302, location="http://elsewhere.example"), fails(200)):
        gate.answer = answer
        with pytest.raises(IndexRefused, match=r"does not speak Chroma's API v2"):
            found(filled)


@pytest.mark.parametrize(
    ("header", "sent"), [("X-Chroma-Token", TOKEN), ("Authorization", f"Bearer {TOKEN}")]
)
def test_the_token_goes_out_in_its_header_and_is_read_again_when_it_changed(
    gate: Gate, opened: Callable[..., ServedChromaIndex], tmp_path: Path, header: str, sent: str
) -> None:
    file = tmp_path / "token"
    file.write_text("old\n")
    index = opened(gate.address, vectors_token_file=file, vectors_token_header=header)
    gate.answer = lambda request: None if request.headers.get(header) == sent else Response(TOKEN, 401)
    with pytest.raises(IndexRefused):
        index.clear()
    file.write_text(TOKEN + "\n")
    index.clear()
    assert found(index) == []


def test_a_token_stands_in_no_message_even_if_the_server_repeats_it(
    gate: Gate, opened: Callable[..., ServedChromaIndex], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    file = tmp_path / "token"
    file.write_text(TOKEN)
    index = opened(gate.address, vectors_token_file=file)
    for status in (401, 413, 418, 500, 503):
        gate.answer = lambda request, status=status: Response(request.headers["x-chroma-token"], status)  # type: ignore[misc]
        with pytest.raises(IngestError) as told:
            found(index)
        assert TOKEN not in str(told.value)
    assert TOKEN not in caplog.text


def test_a_token_file_that_is_missing_is_named(
    gate: Gate, opened: Callable[..., ServedChromaIndex], tmp_path: Path
) -> None:
    with pytest.raises(IndexRefused, match=r"nowhere cannot be read: mend storage\.vectors_token_file"):
        found(opened(gate.address, vectors_token_file=tmp_path / "nowhere"))


def test_what_fails_for_want_of_room_is_told_with_the_servers_words(
    filled: ServedChromaIndex, gate: Gate
) -> None:
    told = '{"error": "InternalError", "message": "error returned from database: (code: 13) disk is full"}'
    gate.answer = lambda request: Response(told, 500, media_type="application/json")
    with pytest.raises(IndexUnreachable, match=r"disk is full.*room on its disk"):
        filled.upsert(KEYS, VECTORS)


def test_a_collection_that_was_deleted_is_missed_and_not_made_anew_by_a_reader(
    filled: ServedChromaIndex, gate: Gate
) -> None:
    place = "/api/v2/tenants/default_tenant/databases/default_database/collections/pincite"
    assert httpx.delete(gate.address + place).is_success
    with pytest.raises(IndexBusy, match="being rebuilt"):  # as far as a reader can tell
        found(filled)
    for _ in range(2):
        with pytest.raises(IndexCorrupt, match=r"no collection 'pincite'.*pincite doctor --repair"):
            found(filled)
    with pytest.raises(IndexCorrupt):
        filled.upsert(KEYS, VECTORS)  # half an index would look like a whole one
    filled.clear()
    filled.upsert(KEYS, VECTORS)
    assert found(filled) == [1, 2]


def test_a_rebuild_elsewhere_is_followed(
    filled: ServedChromaIndex, gate: Gate, opened: Callable[..., ServedChromaIndex]
) -> None:
    other = opened(gate.address)
    other.clear()
    other.upsert(KEYS[1:], VECTORS[1:])
    with pytest.raises(IndexBusy):
        found(filled)
    assert found(filled) == [2]


def test_a_server_that_was_killed_and_started_again_still_has_everything(
    tmp_path: Path, opened: Callable[..., ServedChromaIndex]
) -> None:
    with chroma_server(tmp_path) as server:
        index = opened(server.address)
        index.clear()
        index.upsert(KEYS, VECTORS)
        server.kill()
        with pytest.raises(IndexUnreachable):
            found(index)
        server.start()
        assert found(index) == [1, 2]


def test_a_restart_in_the_middle_of_writing_is_waited_for(
    tmp_path: Path, opened: Callable[..., ServedChromaIndex]
) -> None:
    with chroma_server(tmp_path) as server:
        index = opened(server.address, vectors_timeout_seconds=10)
        index.clear()
        server.kill()
        server.start(wait=False)
        index.upsert(KEYS, VECTORS)
        assert found(index) == [1, 2]


def test_requests_are_made_smaller_for_a_server_that_takes_only_small_ones(
    tmp_path: Path, opened: Callable[..., ServedChromaIndex]
) -> None:
    keys = [PassageKey(number, 0) for number in range(1, 201)]
    vectors = np.random.default_rng(0).normal(size=(200, 64)).astype(np.float32)
    with chroma_server(tmp_path, CHROMA_MAX_PAYLOAD_SIZE_BYTES="8000") as server:
        index = opened(server.address)
        index.clear()
        index.upsert(keys, vectors)
        assert index.count() == 200
        nearest = index.nearest(vectors[7], 1, [key.content for key in keys] * 20, 1)
        assert [key for key, _ in nearest] == [keys[7]]


def test_many_threads_ask_one_index(filled: ServedChromaIndex) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda _: found(filled), range(40))) == [[1, 2]] * 40


def test_the_vectors_of_another_index_are_not_cleared_away(
    filled: ServedChromaIndex, gate: Gate, opened: Callable[..., ServedChromaIndex]
) -> None:
    filled.claim("theirs")
    ours = opened(gate.address)
    with pytest.raises(IndexRefused, match=r"of another index: set storage\.vectors_collection"):
        ours.clear("ours")
    assert found(filled) == [1, 2]
    assert not ours.is_of("ours")
    filled.clear("theirs")


def test_vectors_that_are_set_aside_stay_in_the_server_under_another_name(
    filled: ServedChromaIndex, gate: Gate, opened: Callable[..., ServedChromaIndex], tmp_path: Path
) -> None:
    filled.claim("theirs")
    with pytest.raises(IndexRefused, match=r"of another index: set storage\.vectors_collection"):
        filled.set_aside(tmp_path / "damaged", "ours")
    name = "pincite-damaged-2026-11-22T10-00-00"
    assert filled.set_aside(tmp_path / name.removeprefix("pincite-"), "theirs") == f"{name} at {gate.address}"
    assert filled.count() == 0
    assert not filled.is_of("theirs")
    aside = opened(gate.address, vectors_collection=name)
    assert (aside.is_of("theirs"), aside.count()) == (True, 2)
