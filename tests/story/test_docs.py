"""The papers say what the house does: their examples are run, their links followed."""

import doctest
import re
import textwrap
from pathlib import Path

import pytest

from ingest.assembly import open_builder
from ingest.settings import IndexSettings
from tests.story.conftest import Pincite

ROOT = Path(__file__).parents[2]
PAPERS = [path for path in sorted(ROOT.rglob("*.md")) if ".venv" not in path.parts]
QUESTION = "How much is the Tomahawk deal worth?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `pincite ingest` has read the whole sample corpus into `.pincite`."""
    home = tmp_path_factory.mktemp("home")
    report = open_builder(IndexSettings(index=home / ".pincite")).ingest([str(ROOT / "corpus")])
    assert report.skipped == ()
    assert report.added >= 16
    return home


def unwrapped(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("paper", ["README.md", "docs/tour.md"])
def test_the_worked_answer_is_what_is_printed(paper: str, home: Path, pincite: Pincite) -> None:
    printed = pincite("ask", QUESTION, "--index", home / ".pincite").stdout
    shown = (ROOT / paper).read_text().split(f'$ pincite ask "{QUESTION}"\n')[1]
    example = re.split(r"\n(?=\S)", shown)[0]
    assert unwrapped(textwrap.dedent(example)) == unwrapped(printed)


@pytest.mark.parametrize("paper", ["docs/tour.md", "docs/langchain.md"])
def test_the_python_examples_run(paper: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    failed, attempted = doctest.testfile(str(ROOT / paper), module_relative=False)
    assert attempted >= 5
    assert failed == 0


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").read_text().count("\n") < 120


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", paper.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (paper.parent / link).exists()] == []
