"""What servers over one database agree on: keys, jobs, the place of uploads."""

import asyncio
import dataclasses
import io
from pathlib import Path

import httpx
import psycopg
import pytest
from starlette.responses import PlainTextResponse

from api.access import KeyGuard
from api.errors import Misuse, UploadsElsewhere
from api.jobs import Job
from api.key_stores import open_keys
from api.keys import KeyRing
from api.library import Library
from api.settings import Settings
from api.sharing import open_board, open_shared
from api.uploads import MARK, Upload
from ingest.assembly import open_builder, open_store
from ingest.errors import IndexCorrupt


def settings_of(postgres: str, index: Path, **serve: object) -> Settings:
    return Settings(index=index, storage={"book": postgres}, serve=serve)  # type: ignore[arg-type]


def rings(postgres: str, tmp_path: Path) -> list[KeyRing]:
    return [open_keys(settings_of(postgres, tmp_path / machine)) for machine in ("one", "other")]


def test_a_key_made_on_one_machine_opens_all_and_once_revoked_none(postgres: str, tmp_path: Path) -> None:
    one, other = rings(postgres, tmp_path)
    assert not one.exists()
    key = one.create("ann", "write")
    found = other.find(key)
    assert found is not None
    assert (found.name, found.scope) == ("ann", "write")
    with pytest.raises(Misuse, match="there is a key 'ann' already"):
        other.create("ann", "read")
    other.revoke("ann")
    assert one.find(key) is None
    assert one.exists(), "a server that asked for keys goes on asking"
    assert one.known() == ()
    with pytest.raises(Misuse, match="no key 'ann'"):
        one.revoke("ann")


def test_no_key_itself_is_in_the_database(postgres: str, tmp_path: Path) -> None:
    one, _ = rings(postgres, tmp_path)
    key = one.create("ann", "read")
    with psycopg.connect(postgres) as connection:
        rows = connection.execute("SELECT * FROM api_keys").fetchall()
    assert "ann" in str(rows)
    assert key.removeprefix("pincite_") not in str(rows)


def job(id_: str, **changes: object) -> Job:
    return dataclasses.replace(Job(id_, (), False), **changes)  # type: ignore[arg-type]


def test_any_server_tells_of_a_job(postgres: str, tmp_path: Path) -> None:
    settings = settings_of(postgres, tmp_path)
    one, other = (open_board(open_shared(settings)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert other.find("a") is None
    one.note(job("a", state="running"))
    found = other.find("a")
    assert found is not None
    assert found.state == "running"
    one.note(job("a", state="done"))
    assert (other.find("a") or found).state == "done"


def test_a_job_whose_server_is_gone_has_failed(postgres: str, tmp_path: Path) -> None:
    board = open_board(open_shared(settings_of(postgres, tmp_path)))
    assert board is not None
    board.note(job("a", state="running"))
    with psycopg.connect(postgres) as connection:
        connection.execute("UPDATE jobs SET noted = now() - interval '1 minute'")
    found = board.find("a")
    assert found is not None
    assert found.state == "failed"
    assert found.problem is not None
    assert found.problem.type == "urn:pincite:problem:server-gone"
    assert "send them again" in found.problem.detail
    board.live()
    assert (board.find("a") or found).state == "running"


def library(postgres: str, tmp_path: Path, machine: str, uploads: Path) -> Library:
    settings = settings_of(postgres, tmp_path / machine, uploads=uploads)
    settings.index.mkdir()
    return Library(settings, open_store(settings))


def text(name: str) -> Upload:
    return Upload(name, 5, io.BytesIO(b"Text."))


def test_servers_that_keep_uploads_in_different_folders_are_told_so_and_lose_nothing(
    postgres: str, tmp_path: Path
) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    library(postgres, tmp_path, "one", shared).take_in([text("a.txt")])
    library(postgres, tmp_path, "two", shared).take_in([text("b.txt")])
    assert sorted(path.name for path in shared.iterdir()) == [MARK, "a.txt", "b.txt"]
    astray = library(postgres, tmp_path, "three", own)
    for change in (lambda: astray.take_in([text("c.txt")]), astray.reindex):
        with pytest.raises(UploadsElsewhere, match=rf"{own} is not the folder.*folder at {shared}"):
            change()


def test_a_folder_of_the_same_path_on_another_disk_is_another_folder(postgres: str, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    first = library(postgres, tmp_path, "one", shared)
    first.take_in([text("a.txt")])
    settings = settings_of(postgres, tmp_path / "one", uploads=shared)
    open_builder(settings).ingest([str(shared)])
    shared.rename(tmp_path / "elsewhere")  # where the other machine's disk is, as it were
    astray = library(postgres, tmp_path, "two", shared)
    with pytest.raises(UploadsElsewhere):
        astray.remove("a.txt")
    with pytest.raises(UploadsElsewhere):
        astray.open()  # which would drop all documents whose files it does not see
    astray.close()
    with open_store(settings).reading() as live:
        assert live.document("a.txt")


def test_a_layout_that_is_not_ours_is_refused(postgres: str, tmp_path: Path) -> None:
    one, _ = rings(postgres, tmp_path)
    one.create("ann", "read")
    with psycopg.connect(postgres) as connection:
        connection.execute("UPDATE layouts SET version = 99 WHERE part = 'serving'")
    with pytest.raises(IndexCorrupt, match="has layout 99, and this Pincite knows 1"):
        one.known()


def test_while_the_database_is_away_keys_are_asked_for_and_who_brings_one_is_told_when_to_come_back(
    tmp_path: Path,
) -> None:
    settings = settings_of("postgresql://pincite@127.0.0.1:1/none", tmp_path, host="0.0.0.0")
    guarded = KeyGuard(PlainTextResponse("behind"), open_keys(settings), settings.serve)

    async def ask(path: str, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=guarded)
        async with httpx.AsyncClient(transport=transport, base_url="http://pincite") as client:
            return await client.get(path, headers=headers)

    refused = asyncio.run(ask("/v1/documents", authorization="Bearer pincite_x"))
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert refused.json()["type"] == "urn:pincite:problem:index-unreachable"
    assert "127.0.0.1" not in refused.text
    assert asyncio.run(ask("/v1/documents")).status_code == 401
    assert asyncio.run(ask("/healthz")).text == "behind"
