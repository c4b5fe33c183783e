"""docs/http.md says what the server does: its commands are run by a shell, in order."""

import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ingest.assembly import open_builder
from ingest.settings import IndexSettings
from tests.story.test_http import serving

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "http.md"
HERE = "localhost:8000"
END = "--- end of output ---"

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples call curl")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    index = tmp_path_factory.mktemp("http") / "index"
    open_builder(IndexSettings(index=index)).ingest([str(ROOT / "corpus")])
    with serving(index) as client:
        yield client


def examples() -> list[tuple[str, str]]:
    """Commands of the page and what they are said to print, which may be nothing."""
    blocks = re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    found = []
    for block in map(textwrap.dedent, blocks):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            # A command goes on in lines that are indented.
            command, _, printed = re.sub(r"\n +", "\0", part).partition("\n")
            found.append((command.replace("\\\0", " ").replace("\0", " "), printed.strip()))
    return found


def pattern_of(printed: str) -> str:
    """What is printed, any text in the place of each `…`."""
    return ".*?".join(map(re.escape, printed.split("…")))


def test_the_examples_print_what_they_say(client: httpx.Client, tmp_path: Path) -> None:
    said = examples()
    assert len(said) >= 10
    script = "".join(f"{command}\necho; echo '{END}'\n" for command, _ in said)
    script = script.replace(HERE, f"{client.base_url.host}:{client.base_url.port}")
    run = subprocess.run(
        ["bash", "-e"], cwd=tmp_path, input=script, capture_output=True, encoding="utf-8", check=True
    )
    outputs = run.stdout.split(f"{END}\n")
    for (command, printed), output in zip(said, outputs, strict=False):
        assert re.fullmatch(pattern_of(printed), output.strip(), re.DOTALL), f"{command}\n{output[:2000]}"
