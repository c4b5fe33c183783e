"""A cache of vectors whose process kills itself at its N-th call into it; run as a module by the tests.

    python -m tests.unit.dying_cache FOLDER N

With N = 0 it lives, and says how many calls there were and what the vectors were.
"""

import hashlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from ingest.embedding.cached import CachedEmbedder
from tests.fakes import HashEmbedder

PARTS = (("One.", "Two."), ("Two.", "Three."), tuple(f"Text {n}." for n in range(40)))


def main(folder: str, fatal: str) -> None:
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        # Its own Python calls, and the C calls they make: SQL statements among them.
        if event in ("call", "c_call") and frame.f_code.co_filename.endswith("/embedding/cached.py"):
            calls += 1
            if calls == int(fatal):
                os.kill(os.getpid(), signal.SIGKILL)

    embedder = CachedEmbedder(HashEmbedder(), Path(folder))
    sys.setprofile(count)
    vectors = [embedder.embed_passages(part).tobytes() for part in PARTS]
    sys.setprofile(None)
    print(calls, hashlib.sha256(b"".join(vectors)).hexdigest())


if __name__ == "__main__":
    main(*sys.argv[1:])
