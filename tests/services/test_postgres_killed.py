"""kill -9 at any moment of an ingest whose book is on PostgreSQL: nothing half-done is ever visible."""

import random
import signal
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.story.dying_ingest import builder
from tests.story.test_killed_ingest import NEW, OLD, check_whole_and_complete, run, write

POINTS = 6


@pytest.fixture(scope="module")
def calls(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls an ingest takes that nobody kills."""
    base = tmp_path_factory.mktemp("undisturbed")
    with cluster.schema() as address:
        before(base, address)
        done = run(base / "index", base / "folder", 0, address)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1])


def before(base: Path, address: str) -> None:
    """An index of the old state of a folder that has its new one.

    It is made in this process, which goes on having the vectors open, as a server has while others ingest.
    """
    write(base / "folder", OLD)
    builder(base / "index", address).ingest([str(base / "folder")])
    write(base / "folder", NEW)


@pytest.mark.parametrize("part", range(POINTS))
def test_a_killed_ingest_shows_whole_documents_only_and_the_next_one_completes_it(
    postgres: str, calls: int, part: int, tmp_path: Path
) -> None:
    before(tmp_path, postgres)
    fatal = int(calls * (part + random.random()) / POINTS) + 1  # another one each time, somewhere in its part
    killed = run(tmp_path / "index", tmp_path / "folder", fatal, postgres)
    assert killed.returncode == -signal.SIGKILL, (fatal, killed.stderr)
    check_whole_and_complete(tmp_path / "index", tmp_path / "folder", postgres)
