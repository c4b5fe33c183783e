"""What is the same for every Chroma collection: ids, portions, filters.

Chroma is not the book of record. It may hold vectors of texts that are not live yet or no longer;
whoever asks looks the keys up in the store, which knows.
"""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from chromadb.api.collection_configuration import CreateCollectionConfiguration
from chromadb.api.models.Collection import Collection
from chromadb.errors import BatchSizeExceededError, ChromaError, QuotaError
from chromadb.types import Where

from ingest.embedding import Vectors
from ingest.store import PassageKey, Pending

OWNER = "pincite:index"  # in the collection's metadata
NOBODY = "nobody"  # comes and goes so that there is something to write; a kill may leave it
TOO_MANY_NUMBERS = "too many SQL variables"  # how Chroma's SQLite says that a filter is too long

Sent = TypeVar("Sent")
Scored = tuple[PassageKey, float]


class Portions:
    """Sends a lot in requests of a size that is taken; learns from those that were too large.

    Args:
        size: of the first request at most; None where nobody says.
    """

    def __init__(self, size: int | None = None) -> None:
        self._size = size

    def send(self, count: int, request: Callable[[slice], Sent]) -> Iterator[Sent]:
        """What `request` returns for one slice of `count` items after the other.

        Raises:
            ChromaError: as `request`, but for those that say that a single item less would do.
        """
        start = 0
        while start < count:
            stop = min(count, start + (self._size or count))
            try:
                sent = request(slice(start, stop))
            except ChromaError as error:
                if stop - start == 1 or not _is_too_much(error):
                    raise
                self._size = (stop - start) // 2
            else:
                start = stop
                yield sent


class CollectionIndex(ABC):
    """A collection of Chroma's, wherever it is kept; see `ingest.vectors.VectorIndex`."""

    def __init__(self) -> None:
        self._texts = Portions()

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """See `ingest.vectors.VectorIndex.upsert`."""
        with self._open() as collection:

            def store(part: slice) -> None:
                collection.upsert(
                    ids=[id_of(key) for key in keys[part]],
                    embeddings=vectors[part],
                    metadatas=[{"content": key.content} for key in keys[part]],
                )

            list(self._records().send(len(keys), store))

    def forget(self, pending: Sequence[Pending]) -> None:
        """See `ingest.vectors.VectorIndex.forget`."""
        ids = ids_of(pending)
        with self._open() as collection:
            list(self._records().send(len(ids), lambda part: collection.delete(ids=ids[part])))

    def nearest(
        self, vector: Vectors, limit: int, contents: Sequence[int] | None, generation: int
    ) -> list[Scored]:
        """See `ingest.vectors.VectorIndex.nearest`."""
        if not self.exists():
            return []
        with self._open(generation) as collection:
            if contents is None:
                return _query(collection, vector, limit, None)
            parts = self._texts.send(
                len(contents), lambda part: _query(collection, vector, limit, contents[part])
            )
            return sorted((found for part in parts for found in part), key=lambda found: -found[1])[:limit]

    def count(self) -> int:
        """See `ingest.vectors.VectorIndex.count`."""
        if not self.exists():
            return 0
        with self._open() as collection:
            return collection.count()

    def claim(self, owner: str) -> None:
        """See `ingest.vectors.VectorIndex.claim`."""
        with self._open() as collection:
            collection.modify(metadata={OWNER: owner})

    def is_of(self, owner: str) -> bool:
        """See `ingest.vectors.VectorIndex.is_of`."""
        for _ in range(2):
            if not self.exists():
                return False
            with self._open() as collection:
                if owner_of(collection.metadata) == owner:
                    return True
            self._look_again()  # another process may have claimed them since
        return False

    def keys(self) -> tuple[PassageKey, ...]:
        """See `ingest.vectors.VectorIndex.keys`."""
        if not self.exists():
            return ()
        with self._open() as collection:
            return tuple(_key(id_) for id_ in collection.get(include=[])["ids"] if id_ != NOBODY)

    def vectors_of(self, keys: Sequence[PassageKey]) -> Mapping[PassageKey, Vectors]:
        """See `ingest.vectors.VectorIndex.vectors_of`."""
        held: dict[PassageKey, Vectors] = {}
        if not self.exists():
            return held
        with self._open() as collection:

            def fetch(part: slice) -> None:
                found = collection.get(ids=[id_of(key) for key in keys[part]], include=["embeddings"])
                vectors = np.asarray(found["embeddings"], dtype=np.float32)
                held.update(zip(map(_key, found["ids"]), vectors, strict=True))

            list(self._records().send(len(keys), fetch))
        return held

    @abstractmethod
    def finish(self) -> None:
        """See `ingest.vectors.VectorIndex.finish`."""

    @abstractmethod
    def set_aside(self, folder: Path, owner: str = "") -> str | None:
        """See `ingest.vectors.VectorIndex.set_aside`."""

    @abstractmethod
    def exists(self) -> bool:
        """See `ingest.vectors.VectorIndex.exists`."""

    @abstractmethod
    def _look_again(self) -> None:
        """Forgets what is known of the collection."""

    @abstractmethod
    def clear(self, owner: str = "") -> None:
        """See `ingest.vectors.VectorIndex.clear`."""

    @abstractmethod
    def close(self) -> None:
        """Lets go of whatever is open; the next call opens it again."""

    @abstractmethod
    def _open(self, generation: int | None = None) -> AbstractContextManager[Collection]:
        """The collection, fresh enough for `generation`; what Chroma raises inside is told in our errors."""

    @abstractmethod
    def _records(self) -> Portions:
        """How many records are written at once; asked while the collection is open."""


def _query(
    collection: Collection, vector: Vectors, limit: int, contents: Sequence[int] | None
) -> list[Scored]:
    found = collection.query(
        query_embeddings=vector[None, :],
        n_results=limit,  # or as many as there are
        where=None if contents is None else cast("Where", {"content": {"$in": list(contents)}}),
        include=["distances"],
    )
    distances = (found["distances"] or [[]])[0]
    scored = zip(found["ids"][0], distances, strict=True)
    return [(_key(id_), 1.0 - distance) for id_, distance in scored if id_ != NOBODY]


def owner_of(metadata: Mapping[str, object] | None) -> str:
    """Id of the index whose vectors a collection holds; "" if it is nobody's."""
    return str((metadata or {}).get(OWNER) or "")


def _is_too_much(error: ChromaError) -> bool:
    return isinstance(error, BatchSizeExceededError | QuotaError) or TOO_MANY_NUMBERS in str(error)


def id_of(key: PassageKey) -> str:
    """The id of a passage's vector in a collection."""
    return f"{key.content}:{key.ordinal}"


def ids_of(pending: Sequence[Pending]) -> list[str]:
    """The ids of all vectors of these texts: deleting 20,000 by a condition on metadata took seconds."""
    return [id_of(PassageKey(item.content, ordinal)) for item in pending for ordinal in range(item.passages)]


def _key(id_: str) -> PassageKey:
    content, _, ordinal = id_.partition(":")
    return PassageKey(int(content), int(ordinal))


def configuration(sync: int) -> CreateCollectionConfiguration:
    """Of a new collection, which writes its graph anew after so many vectors.

    Twice Chroma's default search width: on 20,000 passages the exact top 100 is found almost whole.
    Distributed Chroma, whose index is another, takes the space from this and nothing else.
    """
    return {
        "hnsw": {
            "space": "cosine",
            "ef_construction": 200,
            "ef_search": 400,
            "max_neighbors": 32,
            "sync_threshold": sync,
        }
    }


def sync_threshold(collection: Collection) -> int:
    """After how many changes Chroma writes the graph of a collection to disk."""
    return int(collection.configuration_json["hnsw"]["sync_threshold"])


def sync_after(changes: int, collection: Collection) -> None:
    """Has Chroma write the graph after so many changes, from the next opening on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an embedding function that there is not
        collection.modify(configuration={"hnsw": {"sync_threshold": changes}})
