"""A small index of real documents, built once with the real models."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.assembly import open_builder
from ingest.settings import IndexSettings
from qa.assistant import Assistant
from qa.questions import Question

ROOT = Path(__file__).parents[2]
CHOSEN = (
    "news/tokyo-signing.html",
    "notes/briefing-note.pdf",
    "notes/comparing-the-two-reports.md",
    "notes/defense-note.txt",
    "notes/diplomacy-calendar.docx",
)

Run = subprocess.CompletedProcess[str]
Pincite = Callable[..., Run]


@pytest.fixture(scope="session")
def corpus_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few documents of the starting corpus, one of each format. Not to be changed."""
    folder = tmp_path_factory.mktemp("corpus")
    for name in CHOSEN:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "corpus" / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def corpus_index(corpus_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of `corpus_folder`. Not to be changed."""
    index = tmp_path_factory.mktemp("indexes") / "corpus"
    open_builder(IndexSettings(index=index)).ingest([str(corpus_folder)], watch=lambda _: None)
    return index


@pytest.fixture
def own_index(corpus_index: Path, tmp_path: Path) -> Path:
    """A copy of `corpus_index` to change at will, without the conversations of servers that were over it."""
    return Path(
        shutil.copytree(
            corpus_index, tmp_path / "index", ignore=shutil.ignore_patterns("conversations.sqlite3*")
        )
    )


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Questions that are answered only when they may be: set when one is at hand, to be set to let go."""
    at_hand, may_go = threading.Event(), threading.Event()
    ask = Assistant.ask

    def wait(self: Assistant, question: Question) -> object:
        at_hand.set()
        may_go.wait(60)
        return ask(self, question)

    monkeypatch.setattr(Assistant, "ask", wait)
    yield at_hand, may_go
    may_go.set()


def pincite_environment(**extra: str) -> dict[str, str]:
    """The environment for a run of `pincite` from its sources, whatever ours holds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PINCITE_")}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **extra}


PINCITE = (sys.executable, "-c", "from api.cli import main; main()")


@pytest.fixture
def pincite(tmp_path: Path) -> Pincite:
    """Runs `pincite` in an empty folder, as a user would, in a process of its own."""
    folder = tmp_path / "here"
    folder.mkdir()

    def run(*arguments: object, text: str = "", cwd: Path = folder, **variables: str) -> Run:
        return subprocess.run(
            [*PINCITE, *map(str, arguments)],
            cwd=cwd,
            env=pincite_environment(**variables),
            input=text,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run
