"""Taking turns at a folder, process by process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from ingest.storage import storage_told

FILE_NAME = "vectors.lock"  # beside the folder; the operating system frees it when its holder is killed
LOOK_SECONDS = 0.005  # between two looks whether it is our turn


class Turns:
    """Lets one process at a time use a folder; threads of one process agree by themselves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = FileLock(folder.with_name(FILE_NAME), thread_local=False, poll_interval=LOOK_SECONDS)

    @contextmanager
    def ours(self) -> Iterator[None]:
        """Our turn, once it is.

        Raises:
            StorageUnavailable: if the machine lets no file be made there.
        """
        with storage_told(self._folder):
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()
