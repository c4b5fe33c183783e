"""What was removed is gone: every byte of every file is searched for it, whichever way it went."""

import hashlib
import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from api.schemas import AnswerObject
from api.terminal.ingesting import ingest, remove
from ingest.documents import embedded_text
from ingest.embedding import Embedder
from ingest.embedding.opening import open_embedder
from qa.settings import GenerationSettings
from tests.scripted_model import Request, Text, scripted_model, structured
from tests.story.conftest import PINCITE, pincite_environment
from tests.story.test_http import serving
from tests.story.test_uploads import events_of

FOLDER_DOORS = ("removed", "pruned", "replaced", "shortened")
UPLOAD_DOORS = ("deleted", "unlinked", "uploaded")
DOORS = (*FOLDER_DOORS, *UPLOAD_DOORS)
LETTERS = str.maketrans("0123456789", "ghijklmnop")
COLOURS = dict(
    zip(DOORS, ("crimson", "azure", "golden", "purple", "silver", "orange", "yellow"), strict=True)
)


@dataclass(frozen=True)
class Canary:
    """A document of words, a number and a title that stand nowhere else; its id has none of them."""

    door: str

    def words(self) -> list[str]:
        return [self._digest(part)[:12].translate(LETTERS) for part in ("name", "place", "title", "more")]

    @property
    def number(self) -> str:
        return str(10**8 + int(self._digest("number")[:7], 16))

    @property
    def text(self) -> str:
        name, place, title, more = (word.title() for word in self.words())
        return (
            f"# {title}\n\n{name} signed the {COLOURS[self.door]} contract for {self.number} crowns"
            f" in {place}.\n\nThe other party was {more}.\n"
        )

    def document(self) -> str:
        title, _, text = self.text.removeprefix("# ").partition("\n\n")
        line = {"_id": "shortened", "title": title, "text": text}
        return json.dumps(line) if self.in_lines else self.text

    @property
    def in_lines(self) -> bool:
        return self.door == "shortened"

    @property
    def file(self) -> str:
        return self.door + (".jsonl" if self.in_lines else ".md")

    def _digest(self, part: str) -> str:
        return hashlib.sha256(f"{self.door} {part}".encode()).hexdigest()


class Searched:
    """A folder, every file of which is read but those made from models' weights."""

    def __init__(self, folder: Path) -> None:
        files = [path for path in folder.rglob("*") if path.is_file() and path.parent.name != "models"]
        self._files = {path: path.read_bytes() for path in files}

    def names(self, canary: Canary, vectors: np.ndarray) -> set[str]:
        """Names of the files that hold anything of it."""
        # FTS5 keeps stems, each without what it shares with the one before: the middle of a word is left.
        texts = [*(word[2:8] for word in canary.words()), canary.number]
        parts = [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")]
        return {
            path.name
            for path, content in self._files.items()
            if any(part in content.lower() for part in parts) or any(_holds(content, v) for v in vectors)
        }


def _holds(content: bytes, vector: np.ndarray) -> bool:
    """Whether eight numbers of a vector stand there as float32, at whatever place and however rounded."""
    for offset in range(4):
        numbers = np.frombuffer(content[offset : offset + (len(content) - offset) // 4 * 4], "<f4")
        if len(numbers) < 8:
            continue
        with np.errstate(all="ignore"):
            near = [np.abs(numbers[k : len(numbers) - 7 + k] - vector[k]) < 1e-6 for k in range(8)]
        if np.logical_and.reduce(near).any():
            return True
    return False


def say(request: Request) -> Text:
    """A model that says what the sentence with the crowns says, and that puts names into follow-ups."""
    if shown := re.search(r'"(S\d+)": ?"(\w+) signed the \w+ contract for (\d+)', request.user):
        handle, name, number = shown.groups()
        return structured((f"{name} signed it for {number} crowns.", [handle]))
    told = re.search(r"(\w+) signed it", request.user)
    return Text(f"What did {told[1]} sign?" if told else "NONE")


@dataclass(frozen=True)
class House:
    """A server over an index in which every canary was ingested, asked about and drafted about."""

    base: Path
    client: httpx.Client
    embedder: Embedder
    conversations: dict[str, str]

    @property
    def index(self) -> Path:
        return self.base / "searched" / "index"

    def vectors(self, canary: Canary) -> np.ndarray:
        """Those of its passages, as long as it is there."""
        with closing(sqlite3.connect(self.index / "pincite.sqlite3")) as connection:
            rows = connection.execute(
                "SELECT l.context, l.text FROM lexical l JOIN passages p ON p.id = l.rowid"
                " JOIN documents d ON d.content = p.content WHERE d.id LIKE ?",
                (canary.door + "%",),
            ).fetchall()
        assert rows
        return self.embedder.embed_passages([embedded_text(*row) for row in rows])

    def names(self, canary: Canary, vectors: np.ndarray) -> set[str]:
        return Searched(self.base / "searched").names(canary, vectors)

    def turns(self, canary: Canary) -> list[AnswerObject]:
        kept = self.client.get(f"/v1/conversations/{self.conversations[canary.door]}").json()
        return [AnswerObject.model_validate(turn["answer"]) for turn in kept["turns"]]

    def finish_jobs(self) -> None:
        """Waits for what was asked of the server before."""
        assert self.end(self.client.post("/v1/documents/reindex"))["erased"]

    def end(self, response: httpx.Response) -> dict[str, object]:
        assert response.status_code == 202, response.text
        kind, data = list(events_of(self.client, response.json()["job"]))[-1]
        assert kind == "done", data
        report = data["report"]
        assert isinstance(report, dict)
        return report


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    base = tmp_path_factory.mktemp("removal")
    (base / "folder").mkdir()
    for door in FOLDER_DOORS:
        canary = Canary(door)
        (base / "folder" / canary.file).write_text(canary.document())
    (base / "folder" / "stays.md").write_text("# Bridges\n\nThe old bridge was opened in 1932.\n")
    cache = base / "searched" / "vectors"
    (base / "pincite.toml").write_text(
        f'index = "{base}/searched/index"\n[ingest]\nvector_cache = "{cache}"\n'
    )
    with scripted_model(say) as model, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "none is needed")
        subprocess.run(
            [*PINCITE, "ingest", "folder"],
            cwd=base,
            env=pincite_environment(),
            check=True,
            capture_output=True,
        )
        generation = GenerationSettings(model="scripted", base_url=model.url)
        with serving(
            base / "searched" / "index", ingest={"vector_cache": cache}, generation=generation
        ) as client:
            house = House(base, client, open_embedder("all-MiniLM-L6-v2", base / "models"), {})
            files = [("files", (Canary(door).file, Canary(door).text.encode())) for door in UPLOAD_DOORS]
            house.end(client.post("/v1/documents", files=files))
            for door in DOORS:
                ask(house, Canary(door))
            yield house


def ask(house: House, canary: Canary) -> None:
    """A question and a follow-up, in a conversation that is kept."""
    started = house.client.post("/v1/conversations").json()["id"]
    house.conversations[canary.door] = started
    for question in (f"Who signed the {COLOURS[canary.door]} contract?", "What did he sign?"):
        body = {
            "question": question,
            "conversation_id": started,
            "filters": {"documents": [canary.door + "*"]},
        }
        answer = house.client.post("/v1/chat", json=body)
        assert answer.json().get("outcome") == "answer", answer.text


def held(house: House, door: str) -> tuple[Canary, np.ndarray]:
    """A canary that stands in every kind of file there is, or the search would find nothing anyway."""
    canary = Canary(door)
    vectors = house.vectors(canary)
    names = house.names(canary, vectors)
    assert names >= {"pincite.sqlite3", "vectors.sqlite3", "drafts.sqlite3"}
    assert names & {"chroma.sqlite3", "data_level0.bin"}
    assert any(name.startswith("conversations.sqlite3") for name in names)
    assert (canary.file in names) == (door in UPLOAD_DOORS)
    return canary, vectors


def test_what_the_terminal_removes_is_in_no_file_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house.base)
    canary, vectors = held(house, "removed")
    assert remove(None, ["removed.md"]) == 0
    assert house.names(canary, vectors) == set()
    assert (house.base / "folder" / "removed.md").exists()  # the user's own


def test_an_uploaded_document_the_terminal_removes_takes_its_file_along(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(house.base)
    canary, vectors = held(house, "uploaded")
    assert remove(None, ["uploaded.md"]) == 0
    assert capsys.readouterr().err == "pincite: removed uploaded.md\n"  # and nothing of bytes that are left
    assert house.names(canary, vectors) == set()


def test_what_is_deleted_over_http_is_in_no_file_any_more(house: House) -> None:
    canary, vectors = held(house, "deleted")
    assert house.client.delete("/v1/documents/deleted.md").status_code == 204
    # At once: what others can ask for. By a job that follows: what is left on disk.
    assert all(turn.withdrawn for turn in house.turns(canary))
    house.finish_jobs()
    assert house.names(canary, vectors) == set()


def test_an_uploaded_file_that_was_deleted_is_dropped_by_reindexing_without_a_trace(house: House) -> None:
    canary, vectors = held(house, "unlinked")
    (house.index / "uploads" / "unlinked.md").unlink()
    house.finish_jobs()
    assert house.names(canary, vectors) == set()


def test_what_is_pruned_is_in_no_file_any_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house.base)
    canary, vectors = held(house, "pruned")
    (house.base / "folder" / "pruned.md").unlink()
    assert ingest(None, [str(house.base / "folder")], None, prune=True, rebuild=False, json=False) == 0
    assert house.names(canary, vectors) == set()


def test_a_line_that_a_file_lost_is_in_no_file_any_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house.base)
    canary, vectors = held(house, "shortened")
    other = json.dumps({"_id": "two", "title": "", "text": "Another line."})
    (house.base / "folder" / canary.file).write_text(other)
    assert ingest(None, [str(house.base / "folder")], None, prune=False, rebuild=False, json=False) == 0
    assert house.names(canary, vectors) == set()


def test_of_a_replaced_version_only_the_record_of_what_was_answered_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house.base)
    canary, vectors = held(house, "replaced")
    (house.base / "folder" / "replaced.md").write_text("# Other\n\nNothing was signed.\n")
    assert ingest(None, [str(house.base / "folder")], None, prune=False, rebuild=False, json=False) == 0
    names = house.names(canary, vectors)
    assert names
    assert all(name.startswith("conversations.sqlite3") for name in names)
    (citation,) = house.turns(canary)[0].claims[0].citations
    assert canary.number in citation.quote
    checked = house.client.post("/v1/verify", json={"citations": [citation.model_dump(mode="json")]}).json()
    assert checked["citations"][0]["verdict"] == "stale"
