"""Servers beyond this process, started once and thrown away afterwards; what is not installed is left out."""

from collections.abc import Iterator

import pytest

from tests.services.chroma_server import ChromaServer, chroma_server
from tests.story.conftest import corpus_folder, pincite

__all__ = ["chroma", "corpus_folder", "pincite"]


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server that runs until the end. What changes its state starts one of its own."""
    with chroma_server(tmp_path_factory.mktemp("chroma-server")) as server:
        yield server
