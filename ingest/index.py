"""Passage vectors in Chroma: the only file that imports it.

Chroma is not the book of record. It may hold vectors of texts that are not live yet or no longer;
whoever asks looks the keys up in the store, which knows.
"""

import shutil
import sqlite3
import threading
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
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
from ingest.erasing import write_anew
from ingest.errors import IndexBusy, IndexCorrupt
from ingest.graph_file import blank_out
from ingest.store import PassageKey, Pending

COLLECTION = "passages"
OWNER = "pincite:index"  # in the collection's metadata
DATABASE = "chroma.sqlite3"
BATCH = 5_000  # Chroma 1.5 refuses more than 5,461 records at once
# Twice Chroma's default search width: on 20,000 passages the exact top 100 is found almost whole.
CONFIGURATION: CreateCollectionConfiguration = {
    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 400, "max_neighbors": 32}
}
SYNC = 1_000  # changes after which Chroma writes its graph to disk: its own default
SYNC_AT_ONCE = 2  # the fewest it takes
FILE_NAME = "chroma.sqlite3"
NOBODY = "nobody"  # comes and goes so that there is something to write
GRAPHS = "SELECT id FROM segments WHERE scope = 'VECTOR'"


# All that have a folder open in one process share one Chroma, which lets go of it with the last of them.
_HOLDERS: dict[Path, set["ChromaIndex"]] = defaultdict(set)


class ChromaIndex:
    """A Chroma collection on disk.

    Chroma 1.5 does not show one process what another wrote after it had opened the folder, so
    the folder is opened again whenever the store has moved to another generation.

    Nor does Chroma forget by itself: a deleted vector is marked as such and stays in the file of the graph,
    the log of changes in `chroma.sqlite3`, for good. See docs/decisions/0026-privacy.md.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._generation = -1

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

    def forget(self, pending: Sequence[Pending]) -> None:
        """See `ingest.vectors.VectorIndex.forget`."""
        # By id: deleting by a condition on the metadata took seconds on 20,000 vectors.
        ids = [_id(PassageKey(item.content, ordinal)) for item in pending for ordinal in range(item.passages)]
        for holder in tuple(_HOLDERS[self._folder]):
            holder.close()
        # Alone: whoever opened the folder meanwhile would write the graph, too.
        with self._lock, self._translated(), self._alone():
            vectors = self._written(ids)
            if len(vectors) and blank_out(self._graph(), vectors):
                raise IndexBusy(f"somebody holds the vectors in {self._folder} open: they are not purged yet")
            collection = self._connect()
            for start in range(0, len(ids), BATCH):
                collection.delete(ids=ids[start : start + BATCH])
            _sync_after(SYNC, collection)
            self._release()
        self._compact()

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
        self._compact()  # Chroma leaves the graph's folder behind

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
        """The collection, for one thread at a time, fresh enough for `generation`."""
        with self._lock, self._translated():
            if generation is not None and generation > self._generation:
                self._release()
            if self._collection is None:
                with self._alone():
                    self._collection = self._connect()
                    self._collection.count()  # what its log holds is worked off now
                self._generation = generation or 0
            yield self._collection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except NotFoundError as error:
            self._release()
            raise IndexBusy(
                f"the vectors in {self._folder} are being rebuilt: ask again in a moment"
            ) from error
        except ChromaError as error:
            self._release()
            raise IndexCorrupt(
                f"Chroma cannot use {self._folder} ({error}): run `pincite doctor --repair`"
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else opens the folder meanwhile: who opens it while much is in the log writes the graph."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "opening.lock"):
            yield

    def _written(self, ids: Sequence[str]) -> Vectors:
        """Those of these vectors that there are, when Chroma has written its graph and let go of it."""
        self._release()
        _sync_after(SYNC_AT_ONCE, self._connect())
        self._release()  # it counts from the next opening on
        collection = self._connect()
        parts = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        found = [collection.get(ids=list(part), include=["embeddings"])["embeddings"] for part in parts]
        vectors = [vector for part in found if part is not None for vector in part]
        if vectors:
            collection.upsert(ids=[NOBODY], embeddings=np.ones((1, len(vectors[0])), dtype=np.float32))
            collection.delete(ids=[NOBODY])
        self._release()
        return np.array(vectors, dtype=np.float32)

    def _graph(self) -> Path:
        """Folder of the graph."""
        with closing(sqlite3.connect(self._folder / FILE_NAME)) as connection:
            return self._folder / str(connection.execute(GRAPHS).fetchone()[0])

    def _compact(self) -> None:
        """Leaves nothing of deleted vectors in Chroma's log and tables, nor folders of deleted graphs.

        Raises:
            IndexBusy: if somebody goes on reading.
        """
        with closing(sqlite3.connect(self._folder / FILE_NAME, isolation_level=None)) as connection:
            write_anew(connection, str(self._folder / FILE_NAME))
            graphs = {row[0] for row in connection.execute(GRAPHS)}
        for folder in self._folder.iterdir():
            if folder.is_dir() and folder.name not in graphs:
                shutil.rmtree(folder, ignore_errors=True)

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
        _HOLDERS[self._folder].add(self)
        return client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration=CONFIGURATION
        )

    def _release(self) -> None:
        if self._client is not None:
            self._client.close()
        _HOLDERS[self._folder].discard(self)
        self._client = self._collection = None


def _sync_after(changes: int, collection: Collection) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an embedding function that there is not
        collection.modify(configuration={"hnsw": {"sync_threshold": changes}})


def _id(key: PassageKey) -> str:
    return f"{key.content}:{key.ordinal}"


def _key(id_: str) -> PassageKey:
    content, _, ordinal = id_.partition(":")
    return PassageKey(int(content), int(ordinal))
