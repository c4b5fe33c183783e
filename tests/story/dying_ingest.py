"""An ingest that kills itself with SIGKILL at its N-th call into our code; run as a module by the tests.

    python -m tests.story.dying_ingest INDEX FOLDER N

It says when it begins. With N = 0 it lives, and says how many calls there were.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from ingest.build import Builder
from ingest.index import ChromaIndex
from ingest.settings import IngestSettings
from ingest.store.sqlite import SqliteStore
from tests.fakes import HashEmbedder


def builder(index: Path) -> Builder:
    """Real SQLite and real Chroma, small batches so that there is much to interrupt."""
    settings = IngestSettings(batch_passages=4, passage_tokens=64)
    return Builder(SqliteStore(index), ChromaIndex(index / "chroma"), HashEmbedder(), settings)


def main(index: str, folder: str, fatal: str) -> None:
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        # Our own Python calls, and the C calls they make: SQL statements and Chroma's bindings among them.
        if event in ("call", "c_call") and "/ingest/" in frame.f_code.co_filename:
            calls += 1
            if calls == int(fatal):
                os.kill(os.getpid(), signal.SIGKILL)

    reader = builder(Path(index))
    print("begins", flush=True)
    sys.setprofile(count)
    reader.ingest([folder], prune=True)
    sys.setprofile(None)
    print(calls)


if __name__ == "__main__":
    main(*sys.argv[1:])
