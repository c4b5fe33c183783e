"""Looking at vectors in a process of its own: a damaged file of theirs ends whoever reads it.

Chroma's graph of vectors has no checksums. Reading one that was overwritten is a segmentation fault.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable

from ingest.errors import IngestError
from ingest.store import Store
from ingest.upkeep.vectors import VectorCheck, check_vectors
from ingest.vectors import VectorIndex

Open = Callable[[], tuple[Store, VectorIndex]]


def check_apart(opened: Open) -> VectorCheck:
    """As `check_vectors`, and lives to tell.

    Args:
        opened: opens both halves of the index; can be pickled.

    Raises:
        IngestError: as `check_vectors`.
    """
    # Not by `multiprocessing`, which would run a script that called us a second time.
    run = subprocess.run(
        [sys.executable, "-c", "from ingest.upkeep.apart import main; main()"],
        input=pickle.dumps(opened),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        check=False,
    )
    if run.returncode:
        return VectorCheck(f"reading the vectors ended the process that did (exit code {run.returncode})")
    told = pickle.loads(run.stdout)  # noqa: S301 - written by ourselves just now
    if isinstance(told, IngestError):
        raise told
    assert isinstance(told, VectorCheck)  # noqa: S101 - nothing else is sent
    return told


def main() -> None:
    """What the process does."""
    told: VectorCheck | IngestError
    try:
        opened: Open = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started us
        told = check_vectors(*opened())
    except IngestError as error:
        told = error
    sys.stdout.buffer.write(pickle.dumps(told))
    sys.stdout.buffer.flush()
