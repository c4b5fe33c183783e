"""Passage vectors in Chroma: the only file that imports it.

Chroma is not the book of record. It may hold vectors of texts that are not live yet or no longer;
whoever asks looks the keys up in the store, which knows.
"""

import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import chromadb
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from ingest.embedding import Vectors
from ingest.errors import IndexBusy, IndexCorrupt
from ingest.store import PassageKey, Pending

COLLECTION = "passages"
BATCH = 5_000  # Chroma 1.5 refuses more than 5,461 records at once
# Twice Chroma's default search width: on 20,000 passages the exact top 100 is found almost whole.
CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}
}
# Chroma keeps a log, and writes its whole graph anew after so many vectors. Whoever opens the folder adds
# first what stands in the log: that is to be short when nobody writes, and may be long while a graph grows.
SYNC = 1_000  # Chroma's own
SHARE = 20  # of a growing graph, at most one in so many stands in the log


class ChromaIndex:
    """A Chroma collection on disk.

    Chroma 1.5 does not show one process what another wrote after it had opened the folder, so
    the folder is opened again whenever the store has moved to another generation.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._generation = -1
        self._logged = 0  # vectors written since the log was last thought of
        self._wrote = False

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """See `ingest.vectors.VectorIndex.upsert`."""
        with self._open() as collection:
            for start in range(0, len(keys), BATCH):
                part = slice(start, start + BATCH)
                collection.upsert(
                    ids=[_id(key) for key in keys[part]],
                    embeddings=vectors[part],
                    metadatas=[{"content": key.content} for key in keys[part]],
                )
            self._lengthen_log(collection, len(keys))

    def finish(self) -> None:
        """See `ingest.vectors.VectorIndex.finish`."""
        if not self._wrote:
            return  # opening a large folder for nothing takes seconds
        self._wrote = False
        with self._open() as collection:
            long = _sync_threshold(collection) > SYNC
            if long:
                self._set_log(collection, SYNC)
        if long:
            self.count()  # Chroma looks into the log when it is asked for something

    def forget(self, pending: Sequence[Pending]) -> None:
        """See `ingest.vectors.VectorIndex.forget`."""
        # By id: deleting by a condition on the metadata took seconds on 20,000 vectors.
        ids = [_id(PassageKey(item.content, ordinal)) for item in pending for ordinal in range(item.passages)]
        with self._open() as collection:
            for start in range(0, len(ids), BATCH):
                collection.delete(ids=ids[start : start + BATCH])

    def nearest(
        self, vector: Vectors, limit: int, contents: Sequence[int] | None, generation: int
    ) -> list[tuple[PassageKey, float]]:
        """See `ingest.vectors.VectorIndex.nearest`."""
        if contents is not None and not contents:
            return []
        where = None if contents is None else {"content": {"$in": list(contents)}}
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
        with self._open() as collection:
            return collection.count()

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

    def _lengthen_log(self, collection: Collection, written: int) -> None:
        self._logged += written
        self._wrote = True
        now = _sync_threshold(collection)
        if self._logged < now:
            return
        self._logged = 0
        wanted = collection.count() // SHARE
        if wanted > 2 * now:
            self._set_log(collection, wanted)

    def _set_log(self, collection: Collection, vectors: int) -> None:
        with warnings.catch_warnings():
            # that we bring our own vectors, of which Chroma warns when it reads its own configuration
            warnings.filterwarnings("ignore", "legacy embedding function", DeprecationWarning)
            collection.modify(configuration={"hnsw": {"sync_threshold": vectors}})
        self._release()  # Chroma keeps to what it read when it opened the folder

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


def _sync_threshold(collection: Collection) -> int:
    return int(collection.configuration_json["hnsw"]["sync_threshold"])


def _id(key: PassageKey) -> str:
    return f"{key.content}:{key.ordinal}"


def _key(id_: str) -> PassageKey:
    content, _, ordinal = id_.partition(":")
    return PassageKey(int(content), int(ordinal))
