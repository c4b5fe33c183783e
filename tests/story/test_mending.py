"""A damaged index is mended by doing as the log says, and nothing that cannot be made again is lost."""

import logging
from pathlib import Path

import httpx
import pytest

from api.key_stores import KeyFile
from api.keys import KeyRing
from ingest.assembly import open_builder
from ingest.settings import IndexSettings
from tests.story.conftest import Pincite
from tests.story.test_access import bearer
from tests.story.test_http import problem_of, serving
from tests.story.test_uploads import ASKED, GATE, files, ids, report_of


def test_mending_costs_no_conversation_no_key_and_no_upload(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, pincite: Pincite
) -> None:
    index, folder = tmp_path / "index", tmp_path / "folder"
    folder.mkdir()
    (folder / "other.txt").write_text("The harbour was deepened in 2019.")
    open_builder(IndexSettings(index=index)).ingest([str(folder)])
    key = bearer(KeyRing(KeyFile(index)).create("ann", "write"))
    with serving(index) as client:
        client.headers.update(key)
        report_of(client, client.post("/v1/documents", files=files(gate_txt=GATE)))
        chosen = client.post("/v1/conversations").json()["id"]
        answer = ask(client, chosen).json()

    (index / "pincite.sqlite3").write_bytes(b"no database" * 100)
    with serving(index) as client, caplog.at_level(logging.WARNING, "pincite"):
        refused = problem_of(ask(client, chosen, **key))
    assert refused["type"] == "urn:pincite:problem:index-corrupt"
    assert str(index) not in str(refused["detail"])
    told = next(line for line in caplog.messages if line.startswith("'/v1/chat'"))
    assert str(index / "pincite.sqlite3") in told
    assert "pincite doctor --repair" in told
    mended = pincite("doctor", "--repair", folder, "--index", index)
    assert "2 documents read again from files" in mended.stdout, mended.stderr
    assert pincite("doctor", "--index", index).stdout == f"{index} is sound\n"

    with serving(index) as client:
        client.headers.update(key)
        assert ids(client) == ["gate.txt", "other.txt"]
        assert client.get(f"/v1/conversations/{chosen}").json()["turns"][0]["answer"] == answer
        assert ask(client, chosen).json()["claims"] == answer["claims"]


def ask(client: httpx.Client, conversation: str, **headers: str) -> httpx.Response:
    return client.post("/v1/chat", json={**ASKED, "conversation_id": conversation}, headers=headers)
