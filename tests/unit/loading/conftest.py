"""Files are written by the tests themselves and read through the one public door."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from ingest.documents import Document, Skipped
from ingest.loading import load

# The fixtures below keep no state between examples: a file is overwritten by the next one.
settings.register_profile(
    "loading", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

LoadAll = Callable[..., list[Document | Skipped]]


@pytest.fixture
def load_all(tmp_path: Path) -> LoadAll:
    """Write `data` to a file called `name` and load it."""

    def write_and_load(name: str, data: bytes | str, max_bytes: int = 50_000_000) -> list[Document | Skipped]:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return list(load(path, name, max_bytes=max_bytes))

    return write_and_load


@pytest.fixture
def load_one(load_all: LoadAll) -> Callable[..., Document]:
    """As `load_all`, for a file that must be one document."""

    def only(name: str, data: bytes | str) -> Document:
        (document,) = load_all(name, data)
        assert isinstance(document, Document), str(document)
        check_marks(document)
        return document

    return only


@pytest.fixture
def refusal(load_all: LoadAll) -> Callable[..., str]:
    """As `load_all`, for a file that must be refused: the reason."""

    def reason(name: str, data: bytes | str, max_bytes: int = 50_000_000) -> str:
        (skipped,) = load_all(name, data, max_bytes)
        assert isinstance(skipped, Skipped)
        assert (skipped.place, skipped.line) == (name, None)
        return skipped.reason

    return reason


def check_marks(document: Document) -> None:
    """What must hold for every document, whatever the format."""
    text = document.text
    assert "\r" not in text
    assert "\x00" not in text
    assert not text.startswith("\ufeff")
    assert all(0 <= start <= len(text) for start in document.page_starts)
    for heading in document.headings:
        cut = heading.cut(text)
        assert cut == cut.strip()
        assert cut
        assert "\n" not in cut
        assert heading.start == 0 or text[heading.start - 1] == "\n"
