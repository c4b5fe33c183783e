"""Passage vectors in a folder of Chroma's, which runs inside our own process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import chromadb
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from ingest.chroma import CONFIGURATION, CollectionIndex, Portions
from ingest.errors import IndexBusy, IndexCorrupt

COLLECTION = "passages"


class ChromaIndex(CollectionIndex):
    """A Chroma collection on disk.

    Chroma 1.5 does not show one process what another wrote after it had opened the folder, so
    the folder is opened again whenever the store has moved to another generation.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._generation = -1

    def clear(self) -> None:
        """See `ingest.vectors.VectorIndex.clear`."""
        with self._open():
            if self._client is not None:
                self._client.delete_collection(COLLECTION)
        self.close()

    def close(self) -> None:
        """Lets go of the folder."""
        with self._lock:
            self._release()

    def _records(self) -> Portions:
        return Portions(self._client.get_max_batch_size() if self._client else None)

    @contextmanager
    def _open(self, generation: int | None = None) -> Iterator[Collection]:
        """The collection, for one thread at a time, fresh enough for `generation`."""
        with self._lock:
            if generation is not None and generation > self._generation:
                self._release()
            try:
                if self._collection is None:
                    self._collection = self._connect()
                    self._generation = generation or 0
                yield self._collection
            except NotFoundError as error:
                self._release()
                raise IndexBusy(
                    f"the vectors in {self._folder} are being rebuilt: ask again in a moment"
                ) from error
            except ChromaError as error:
                self._release()
                raise IndexCorrupt(
                    f"Chroma cannot use {self._folder} ({error}): move that folder away, and it alone,"
                    " and run `pincite ingest --rebuild PATH…`"
                ) from error

    def _connect(self) -> Collection:
        settings = Settings(anonymized_telemetry=False)
        try:
            self._client = client = cast("Client", chromadb.PersistentClient(self._folder, settings))
        except ChromaError:
            # Chroma keeps what it could not start, and would stumble over it at the next attempt.
            SharedSystemClient._identifier_to_system.pop(str(self._folder), None)
            raise
        return client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration=CONFIGURATION
        )

    def _release(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = self._collection = None
