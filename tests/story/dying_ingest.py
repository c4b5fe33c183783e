"""An ingest that kills itself with SIGKILL at its N-th call into our code; run as a module by the tests.

    python -m tests.story.dying_ingest INDEX FOLDER N [ADDRESS]

The book of record is in the PostgreSQL database of that address, if one is given.

It says when it begins. With N = 0 it lives, and says how many calls there were.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from pydantic import SecretStr

from ingest.assembly import open_store
from ingest.build import Builder
from ingest.index import ChromaIndex
from ingest.settings import IndexSettings, IngestSettings, StorageSettings
from ingest.store import Store
from tests.fakes import HashEmbedder


def open_book(index: Path, address: str = "") -> Store:
    """The book of record of an index, in a file or a database."""
    book = SecretStr(address) if address else None
    return open_store(IndexSettings(index=index, storage=StorageSettings(book=book)))


def builder(index: Path, address: str = "") -> Builder:
    """A real book and real Chroma, small batches so that there is much to interrupt."""
    settings = IngestSettings(batch_passages=4, passage_tokens=64)
    return Builder(open_book(index, address), ChromaIndex(index / "chroma"), HashEmbedder(), settings)


def main(index: str, folder: str, fatal: str, address: str = "") -> None:
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        # Our own Python calls, and the C calls they make: SQL statements and Chroma's bindings among them.
        if event in ("call", "c_call") and "/ingest/" in frame.f_code.co_filename:
            calls += 1
            if calls == int(fatal):
                os.kill(os.getpid(), signal.SIGKILL)

    reader = builder(Path(index), address)
    print("begins", flush=True)
    sys.setprofile(count)
    reader.ingest([folder], prune=True)
    sys.setprofile(None)
    print(calls)


if __name__ == "__main__":
    main(*sys.argv[1:])
