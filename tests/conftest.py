"""What holds for all tests."""

import os

# before anything imports huggingface_hub, which reads it once
os.environ["HF_HUB_OFFLINE"] = "1"

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import Cluster, find_programs, running_cluster

# No test is one of speed: how long an example takes depends on what else the machine does.
settings.register_profile("pincite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pincite")


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Where a PostgreSQL server is installed."""
    programs = find_programs()
    if programs is None:
        absent = "no PostgreSQL server: install Debian's package `postgresql`, as `make test-services` does"
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail(absent)  # CI, which nobody watches
        pytest.skip(absent)
    return programs


@pytest.fixture(scope="session")
def cluster(postgres_programs: Path) -> Iterator[Cluster]:
    """A PostgreSQL server that runs until the end. Who stops it starts one of their own."""
    with running_cluster(postgres_programs) as cluster:
        yield cluster


@pytest.fixture
def postgres(cluster: Cluster) -> Iterator[str]:
    """The address of an empty schema in a database."""
    with cluster.schema() as address:
        yield address
