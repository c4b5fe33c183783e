"""Servers beyond this machine, as far as they can be had here: started once, thrown away afterwards."""

from collections.abc import Iterator

import pytest

from tests.services.chroma_server import ChromaServer, chroma_server


@pytest.fixture(scope="session")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    """A Chroma server that runs until the end. What changes its state starts one of its own."""
    with chroma_server(tmp_path_factory.mktemp("chroma-server")) as server:
        yield server
