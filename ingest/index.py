"""Passage vectors in a folder of Chroma's, which runs inside our own process."""

import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings

from ingest import renewal
from ingest.chroma import (
    NOBODY,
    CollectionIndex,
    Portions,
    configuration,
    ids_of,
    owner_of,
    sync_after,
    sync_threshold,
)
from ingest.chroma_errors import chroma_told, when_unlocked
from ingest.embedding import Vectors
from ingest.erasing import write_anew_apart
from ingest.errors import IndexBusy
from ingest.graph_file import blank_out_everywhere, graphs_in
from ingest.storage import want_of
from ingest.store import PassageKey, Pending
from ingest.turns import Turns

COLLECTION = "passages"
DATABASE = "chroma.sqlite3"
BATCH = 5_000  # Chroma 1.5 refuses more than 5,461 records at once
# Chroma keeps a log, and writes its whole graph anew after so many vectors. Whoever opens the folder adds
# what stands in the log first: it is to be short when nobody writes, and may be long while a graph grows.
SYNC = 1_000  # Chroma's own
SHARE = 20  # of a growing graph, at most one in so many stands in the log
SYNC_AT_ONCE = 2  # the fewest it takes
SLICE = 500  # records written before others get their turn


# All that have a folder open in one process share one Chroma, which lets go of it with the last of them.
_HOLDERS: dict[Path, set["ChromaIndex"]] = defaultdict(set)


class ChromaIndex(CollectionIndex):
    """A Chroma collection on disk.

    Chroma 1.5 does not show one process what another wrote after it had opened the folder, so
    the folder is opened again whenever the store has moved to another generation. Nor does it let one process
    read while another writes: also who only asks writes there (Chroma takes in what is new at a query), files
    of the graph are written in place, and who met them half-written died of it. So processes take turns, a
    slice of a write or a query at a time (docs/decisions/0016-serving.md).

    Nor does Chroma forget by itself: a deleted vector is marked as such and stays in the file of the graph,
    the log of changes in `chroma.sqlite3`, for good. See docs/decisions/0026-privacy.md.
    """

    erases: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._lock = threading.Lock()
        self._turns = Turns(folder)
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._generation = -1
        self._opened: tuple[int, int] | None = None
        self._logged = 0  # vectors written since the log was last thought of
        self._wrote = False

    def upsert(self, keys: Sequence[PassageKey], vectors: Vectors) -> None:
        """See `ingest.vectors.VectorIndex.upsert`."""
        for start in range(0, len(keys), SLICE):
            part = slice(start, start + SLICE)
            super().upsert(keys[part], vectors[part])
        with self._open() as collection:
            self._lengthen_log(collection, len(keys))

    def finish(self) -> None:
        """See `ingest.vectors.VectorIndex.finish`."""
        if not self._wrote:
            return  # opening a large folder for nothing takes seconds
        self._wrote = False
        with self._open() as collection:
            long = sync_threshold(collection) > SYNC
            if long:
                self._set_log(collection, SYNC)
        if long:
            self.count()  # Chroma looks into the log when it is asked for something

    def forget(self, pending: Sequence[Pending]) -> None:
        """See `ingest.vectors.VectorIndex.forget`."""
        ids = ids_of(pending)
        self._look_again()
        # In one turn: whoever opened the folder meanwhile would write the graph, too.
        with self._lock, self._turns.ours(), chroma_told(self._folder, self._release):
            live = when_unlocked(partial(self._purge, ids), self._release)
        if renewal.is_worth_it(self._folder, live):
            self._renew()

    def clear(self, owner: str = "") -> None:  # noqa: ARG002 - no other index has its vectors here
        """See `ingest.vectors.VectorIndex.clear`."""
        with self._open():
            if self._client is not None:
                self._client.delete_collection(COLLECTION)
        self.close()
        with self._lock, self._turns.ours():
            for graph in graphs_in(self._folder):
                shutil.rmtree(graph, ignore_errors=True)
            self._compact()

    def set_aside(self, folder: Path, owner: str = "") -> str | None:  # noqa: ARG002 - no other index's
        """See `ingest.vectors.VectorIndex.set_aside`."""
        self.close()
        if not self._folder.exists():
            return None
        folder.mkdir(parents=True, exist_ok=True)
        return str(self._folder.rename(folder / self._folder.name))

    def exists(self) -> bool:
        """See `ingest.vectors.VectorIndex.exists`."""
        there = self._collection is not None or (self._folder / DATABASE).is_file()
        return there or renewal.is_cut_off(self._folder)

    def close(self) -> None:
        """See `ingest.vectors.VectorIndex.close`."""
        with self._lock:
            self._release()

    def _records(self) -> Portions:
        return Portions(self._client.get_max_batch_size() if self._client else None)

    def _lengthen_log(self, collection: Collection, written: int) -> None:
        self._logged += written
        self._wrote = True
        now = sync_threshold(collection)
        if self._logged < now:
            return
        self._logged = 0
        wanted = collection.count() // SHARE
        if wanted > 2 * now:
            self._set_log(collection, wanted)

    def _set_log(self, collection: Collection, vectors: int) -> None:
        sync_after(vectors, collection)
        self._release()  # Chroma keeps to what it read when it opened the folder

    @contextmanager
    def _open(self, generation: int | None = None) -> Iterator[Collection]:
        """The collection, for one thread of one process at a time, fresh enough for `generation`."""
        if generation is not None and generation > self._generation:
            self._look_again()
        with self._lock, self._turns.ours(), chroma_told(self._folder, self._release):
            if self._was_replaced():
                self._release()
            if self._collection is None:
                self._collection = self._connect()
                self._collection.count()  # what its log holds is worked off now
                self._opened = self._identity()
                self._generation = generation or 0
            yield self._collection

    def _was_replaced(self) -> bool:
        """Whether another folder stands where the opened one stood: a backup that was put back, say."""
        return self._collection is not None and self._identity() != self._opened

    def _identity(self) -> tuple[int, int] | None:
        try:
            facts = (self._folder / DATABASE).stat()
        except FileNotFoundError:  # moved away; what is open can be read still
            return self._opened
        return facts.st_dev, facts.st_ino

    def _purge(self, ids: Sequence[str]) -> int:
        """Deletes these vectors for good; begun anew, it ends what was begun. Returns how many are left."""
        renewal.discard(self._folder)
        vectors = self._written(ids)
        if not blank_out_everywhere(self._folder, vectors):
            raise IndexBusy(f"somebody holds the vectors in {self._folder} open: they are not purged yet")
        collection = self._connect()
        collection.delete(ids=[NOBODY])  # of an earlier call that was killed
        for start in range(0, len(ids), BATCH):
            collection.delete(ids=list(ids[start : start + BATCH]))
        live = collection.count()
        sync_after(SYNC, collection)
        self._release()
        self._compact()
        return live

    def _written(self, ids: Sequence[str]) -> Vectors:
        """Those of these vectors that there are, when Chroma has written its graph and let go of it."""
        self._release()
        sync_after(SYNC_AT_ONCE, self._connect())
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

    def _renew(self) -> None:
        """Writes what is left anew, see `ingest.renewal`; others are let in between."""
        with self._open() as collection:
            owner = owner_of(collection.metadata)
        anew = ChromaIndex(renewal.renewed(self._folder))
        try:
            renewal.copy(self, anew, owner)
        except BaseException:
            anew.close()
            renewal.discard(self._folder)
            raise
        anew.close()
        self.close()
        with self._lock, self._turns.ours():
            renewal.swap(self._folder)
        self._look_again()

    def _compact(self) -> None:
        """Leaves nothing of deleted vectors in Chroma's log and tables.

        Raises:
            IndexBusy: if somebody goes on reading.
            StorageUnavailable: if there is no room to do so.
        """
        try:
            write_anew_apart(self._folder / DATABASE)
        except OSError as error:
            raise want_of(error, self._folder) or error from error

    def _look_again(self) -> None:
        """Has everybody in this process let go of the folder: the next to open it sees what others wrote."""
        for holder in (self, *_HOLDERS[self._folder]):
            holder.close()

    def _connect(self) -> Collection:
        renewal.complete(self._folder)
        settings = Settings(anonymized_telemetry=False)
        try:
            self._client = client = cast("Client", chromadb.PersistentClient(self._folder, settings))
        except BaseException:  # a panic, too
            # Chroma keeps what it could not start, and would stumble over it at the next attempt.
            SharedSystemClient._identifier_to_system.pop(str(self._folder), None)
            raise
        _HOLDERS[self._folder].add(self)
        return client.get_or_create_collection(
            COLLECTION, embedding_function=None, configuration=configuration(SYNC)
        )

    def _release(self) -> None:
        if self._client is not None:
            self._client.close()
        _HOLDERS[self._folder].discard(self)
        self._client = self._collection = None
