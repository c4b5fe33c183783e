"""What Chroma says of its folder when something is wrong, in our own errors."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from chromadb.errors import ChromaError, NotFoundError

from ingest.errors import IndexBusy, IndexCorrupt
from ingest.storage import is_locked, storage_failure, want_of

PANIC = "PanicException"  # of Rust; the class cannot be imported
# Seconds. Opened right after it was closed, Chroma may write there still, and is locked out by itself.
PAUSES = (0.1, 0.5, 2.0)

Done = TypeVar("Done")


@contextmanager
def chroma_told(folder: Path, let_go: Callable[[], None]) -> Iterator[None]:
    """What Chroma raises inside is told in our errors, and what is open is let go of.

    Raises:
        IndexBusy: if others write there, or make the vectors anew.
        IndexCorrupt: if it cannot be used.
        StorageUnavailable: if nothing is damaged, but the machine lacks something.
    """
    try:
        yield
    except NotFoundError as error:
        let_go()
        raise IndexBusy(f"the vectors in {folder} are being rebuilt: ask again in a moment") from error
    except ChromaError as error:
        failure = storage_failure(error, folder) or want_of(error, folder)
        let_go()
        if is_locked(error):
            raise IndexBusy(f"the vectors in {folder} are in use: try again in a moment") from error
        if failure:
            raise failure from error
        raise IndexCorrupt(f"Chroma cannot use {folder} ({error}): run `pincite doctor --repair`") from error
    except BaseException as error:
        # Chroma panics where it has no handles left, and a panic is no Exception.
        failure = storage_failure(error, folder) if type(error).__name__ == PANIC else None
        if failure is None:
            raise
        let_go()
        raise failure from error


def when_unlocked(attempt: Callable[[], Done], let_go: Callable[[], None]) -> Done:
    """What the attempt returns, begun anew a few times where Chroma is locked out of its own folder.

    Raises:
        ChromaError: as the attempt.
    """
    for seconds in PAUSES:
        try:
            return attempt()
        except ChromaError as error:
            if not is_locked(error):
                raise
            let_go()
            time.sleep(seconds)
    return attempt()
