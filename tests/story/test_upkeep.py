"""Doctor, backup and restore as a user meets them, beside a server that goes on answering."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from api.conversation_places import ConversationFile
from api.conversations import Conversations
from api.key_stores import KeyFile
from api.keys import KeyRing
from api.settings import ConversationSettings
from tests.story.conftest import Pincite
from tests.story.test_http import DOCUMENT, QUESTION, problem_of, serving
from tests.story.test_uploads import ASKED, GATE, files, report_of

PAGE = 4096


def overwrite(database: Path, table: str) -> None:
    """Overwrites a page in the middle of a table, on the disk."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        rows = connection.execute("SELECT pageno FROM dbstat WHERE name = ?", (table,)).fetchall()
    with database.open("r+b") as file:
        file.seek((rows[len(rows) // 2][0] - 1) * PAGE)
        file.write(b"\xa5" * PAGE)


def examined(pincite: Pincite, index: Path, *more: object) -> dict:
    return json.loads(pincite("doctor", "--json", "--index", index, *more).stdout)


def test_damage_in_the_middle_of_the_file_is_a_problem_that_is_told_and_not_a_crash(own_index: Path) -> None:
    for table in ("contents", "sentences", "documents"):
        overwrite(own_index / "pincite.sqlite3", table)
    with serving(own_index) as client:
        for response in (
            client.post("/v1/chat", json={"question": QUESTION}),
            client.get("/v1/documents"),
            client.get(f"/v1/documents/{DOCUMENT}"),
            client.post("/v1/documents", files=files(gate_txt=GATE)),
        ):
            if response.status_code == 202:
                continue  # its job tells
            assert response.status_code == 503
            assert problem_of(response)["type"] == "urn:pincite:problem:index-corrupt"


def test_what_stands_beside_the_index_is_examined_and_repaired_too(own_index: Path, pincite: Pincite) -> None:
    kept = Conversations(ConversationFile(own_index), ConversationSettings())
    chosen = kept.start().id
    for number in range(40):
        kept.append(chosen, f"Question {number}?", json.dumps({"answer": f"Answer {number}. " * 40}))
    overwrite(own_index / "conversations.sqlite3", "turns")
    (own_index / "drafts.sqlite3").write_bytes(b"no database" * 1000)
    KeyRing(KeyFile(own_index)).create("ann", "read")
    found = examined(pincite, own_index)
    assert (found["sound"], [each["part"] for each in found["findings"]]) == (
        False,
        ["conversations", "drafts"],
    )
    mended = examined(pincite, own_index, "--repair")
    assert mended["sound"]
    assert len(mended["lost"]) == 1
    turns = Conversations(ConversationFile(own_index), ConversationSettings()).said(chosen)
    assert 0 < len(turns) < 40
    assert turns[0] == ("Question 0?", "Answer 0. " * 40)
    (aside,) = own_index.glob("damaged-*")
    assert {path.name for path in aside.iterdir()} >= {"conversations.sqlite3", "drafts.sqlite3"}

    (own_index / "keys.json").write_text("[{]")
    again = pincite("doctor", "--repair", "--index", own_index)
    assert again.returncode == 1
    assert "keys: " in again.stdout
    assert (own_index / "keys.json").read_text() == "[{]"


def test_files_are_named_for_a_repair_only(own_index: Path, pincite: Pincite) -> None:
    run = pincite("doctor", "somewhere", "--index", own_index)
    assert (run.returncode, "add --repair" in run.stderr) == (2, True)


def test_vectors_that_are_gone_are_embedded_again_and_the_same_is_answered(
    own_index: Path, pincite: Pincite
) -> None:
    before = pincite("ask", "--json", "--index", own_index, QUESTION)
    shutil.rmtree(own_index / "chroma")
    refused = pincite("ask", "--index", own_index, QUESTION)
    assert (refused.returncode, "pincite doctor --repair" in refused.stderr) == (1, True)
    mended = pincite("doctor", "--repair", "--index", own_index)
    assert mended.returncode == 0, mended.stdout
    after = pincite("ask", "--json", "--index", own_index, QUESTION)
    assert json.loads(after.stdout)["claims"] == json.loads(before.stdout)["claims"]


def test_a_backup_of_an_index_that_is_served_is_restored_with_all_there_was(
    own_index: Path, pincite: Pincite, tmp_path: Path
) -> None:
    key = KeyRing(KeyFile(own_index)).create("ann", "write")
    with serving(own_index) as client:
        client.headers["X-API-Key"] = key
        report_of(client, client.post("/v1/documents", files=files(gate_txt=GATE)))
        chosen = client.post("/v1/conversations").json()["id"]
        answer = client.post("/v1/chat", json={**ASKED, "conversation_id": chosen}).json()
        run = pincite("backup", tmp_path, "--index", own_index)
        assert run.returncode == 0, run.stderr
        assert client.post("/v1/chat", json=ASKED).json()["claims"] == answer["claims"]
    (archive,) = tmp_path.glob("pincite-*.tar")
    assert archive.stat().st_mode & 0o777 == 0o600
    refused = pincite("restore", archive, "--index", own_index)
    assert (refused.returncode, "is not empty" in refused.stderr) == (1, True)

    shutil.rmtree(own_index)  # what is left is the archive
    new = tmp_path / "elsewhere" / "new"
    restored = pincite("restore", archive, "--index", new)
    assert restored.returncode == 0, restored.stderr
    assert examined(pincite, new)["sound"]
    (tmp_path / "answer.json").write_text(json.dumps(answer))
    assert "0 moved, 0 stale, 0 gone" in pincite("verify", tmp_path / "answer.json", "--index", new).stdout
    with serving(new) as client:
        client.headers["X-API-Key"] = key
        kept = client.get(f"/v1/conversations/{chosen}").json()["turns"]
        assert [turn["answer"]["claims"] for turn in kept] == [answer["claims"]]
        assert client.post("/v1/chat", json=ASKED).json()["claims"] == answer["claims"]
        assert client.delete("/v1/documents/gate.txt").status_code == 204
    assert not (new / "uploads" / "gate.txt").exists()


def test_a_backup_overwrites_nothing(own_index: Path, pincite: Pincite, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("mine")
    run = pincite("backup", tmp_path / "b.tar", "--index", own_index)
    assert run.returncode == 2
    assert (tmp_path / "b.tar").read_text() == "mine"
