"""Passage vectors in Chroma: the only file that imports it.

Chroma is not the book of record. It may hold vectors of texts that are not live yet or no longer;
whoever asks looks the keys up in the store, which knows.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError
from filelock import FileLock

from ingest.embedding import Vectors
from ingest.errors import IndexBusy, IndexCorrupt
from ingest.store import PassageKey, Pending
from ingest.storage import full_disk, storage_failure, storage_told

COLLECTION = "passages"
OWNER = "pincite:index"  # in the collection's metadata
DATABASE = "chroma.sqlite3"
PANIC = "PanicException"  # of Rust; the class cannot be imported
BATCH = 5_000  # Chroma 1.5 refuses more than 5,461 records at once
SLICE = 500  # records written before others get their turn
TURN = "vectors.lock"  # beside the folder; the operating system frees it when its holder is killed
TURN_SECONDS = 0.005  # between two looks whether it is our turn
# Twice Chroma's default search width: on 20,000 passages the exact top 100 is found almost whole.
CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}
}


class ChromaIndex:
    """A Chroma collection on disk.

    Chroma 1.5 does not show one process what another wrote after it had opened the folder, so
    the folder is opened again whenever the store has moved to another generation. Nor does it let one process
    read while another writes: also who only asks writes there (Chroma takes in what is new at a query), files
    of the graph are written in place, and who met them half-written died of it. So processes take turns, a
    slice of a write or a query at a time (docs/decisions/0016-serving.md).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._turn = FileLock(folder.with_name(TURN), thread_local=False, poll_interval=TURN_SECONDS)
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._generation = -1
        self._opened: tuple[int, int] | None = None

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """See `ingest.vectors.VectorIndex.upsert`."""
        for start in range(0, len(keys), SLICE):
            part = slice(start, start + SLICE)
            with self._open() as collection:
                collection.upsert(
                    ids=[_id(key) for key in keys[part]],
                    embeddings=vectors[part],
                    metadatas=[{"content": key.content} for key in keys[part]],
                )

    def forget(self, pending: Sequence[Pending]) -> None:
        """See `ingest.vectors.VectorIndex.forget`."""
        # By id: deleting by a condition on the metadata took seconds on 20,000 vectors.
        ids = [_id(PassageKey(item.content, ordinal)) for item in pending for ordinal in range(item.passages)]
        for start in range(0, len(ids), SLICE):
            with self._open() as collection:
                collection.delete(ids=ids[start : start + SLICE])

    def nearest(
        self, vector: Vectors, limit: int, contents: Sequence[int] | None, generation: int
    ) -> list[tuple[PassageKey, float]]:
        """See `ingest.vectors.VectorIndex.nearest`."""
        if contents is not None and not contents:
            return []
        where = None if contents is None else {"content": {"$in": list(contents)}}
        if not self._exists():
            return []
        with self._open(generation) as collection:
            found = collection.query(
                query_embeddings=vector[None, :],
                n_results=limit,  # or as many as there are
                where=where,  # type: ignore[arg-type] # Chroma types its filters as invariant dicts
                include=["distances"],
            )
        distances = (found["distances"] or [[]])[0]
        return [(_key(id_), 1.0 - distance) for id_, distance in zip(found["ids"][0], distances, strict=True)]

    def count(self) -> int:
        """See `ingest.vectors.VectorIndex.count`."""
        if not self._exists():
            return 0
        with self._open() as collection:
            return collection.count()

    def clear(self) -> None:
        """See `ingest.vectors.VectorIndex.clear`."""
        with self._open():
            if self._client is not None:
                self._client.delete_collection(COLLECTION)
        self.close()

    def claim(self, owner: str) -> None:
        """See `ingest.vectors.VectorIndex.claim`."""
        with self._open() as collection:
            collection.modify(metadata={OWNER: owner})

    def is_of(self, owner: str) -> bool:
        """See `ingest.vectors.VectorIndex.is_of`."""
        if not self._exists():
            return False
        for _ in range(2):
            with self._open() as collection:
                if (collection.metadata or {}).get(OWNER) == owner:
                    return True
            self.close()  # another process may have claimed them since
        return False

    def keys(self) -> tuple[PassageKey, ...]:
        """See `ingest.vectors.VectorIndex.keys`."""
        if not self._exists():
            return ()
        with self._open() as collection:
            return tuple(_key(id_) for id_ in collection.get(include=[])["ids"])

    def set_aside(self, folder: Path) -> Path | None:
        """See `ingest.vectors.VectorIndex.set_aside`."""
        self.close()
        if not self._folder.exists():
            return None
        folder.mkdir(parents=True, exist_ok=True)
        return self._folder.rename(folder / self._folder.name)

    def vectors_of(self, keys: Sequence[PassageKey]) -> Mapping[PassageKey, Vectors]:
        """See `ingest.vectors.VectorIndex.vectors_of`."""
        held: dict[PassageKey, Vectors] = {}
        if not self._exists():
            return held
        with self._open() as collection:
            for start in range(0, len(keys), BATCH):
                ids = [_id(key) for key in keys[start : start + BATCH]]
                found = collection.get(ids=ids, include=["embeddings"])
                vectors = np.asarray(found["embeddings"], dtype=np.float32)
                held.update(zip(map(_key, found["ids"]), vectors, strict=True))
        return held

    def close(self) -> None:
        """Lets go of the folder."""
        with self._lock:
            self._release()

    @contextmanager
    def _open(self, generation: int | None = None) -> Iterator[Collection]:
        """The collection, for one thread of one process at a time, fresh enough for `generation`."""
        with self._lock, self._our_turn():
            if (generation is not None and generation > self._generation) or self._was_replaced():
                self._release()
            try:
                if self._collection is None:
                    self._collection = self._connect()
                    self._opened = self._identity()
                    self._generation = generation or 0
                yield self._collection
            except NotFoundError as error:
                self._release()
                raise IndexBusy(
                    f"the vectors in {self._folder} are being rebuilt: ask again in a moment"
                ) from error
            except ChromaError as error:
                self._release()
                if failure := storage_failure(error, self._folder) or full_disk(error, self._folder):
                    raise failure from error
                raise IndexCorrupt(
                    f"Chroma cannot use {self._folder} ({error}): run `pincite doctor --repair`"
                ) from error
            except BaseException as error:
                # Chroma panics where it has no handles left, and a panic is no Exception.
                failure = storage_failure(error, self._folder) if type(error).__name__ == PANIC else None
                if failure is None:
                    raise
                self._release()
                raise failure from error

    @contextmanager
    def _our_turn(self) -> Iterator[None]:
        with storage_told(self._folder):
            self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()

    def _was_replaced(self) -> bool:
        """Whether another folder stands where the opened one stood: a backup that was put back, say."""
        return self._collection is not None and self._identity() != self._opened

    def _identity(self) -> tuple[int, int] | None:
        try:
            facts = (self._folder / DATABASE).stat()
        except FileNotFoundError:  # moved away; what is open can be read still
            return self._opened
        return facts.st_dev, facts.st_ino

    def _exists(self) -> bool:
        return self._collection is not None or (self._folder / DATABASE).is_file()

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


def _id(key: PassageKey) -> str:
    return f"{key.content}:{key.ordinal}"


def _key(id_: str) -> PassageKey:
    content, _, ordinal = id_.partition(":")
    return PassageKey(int(content), int(ordinal))
