"""Passage vectors in a Chroma server, or whatever else speaks its protocol."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar, TypedDict

from chromadb.api.models.Collection import Collection
from chromadb.errors import ChromaError, NotFoundError
from chromadb.types import Collection as Model

from ingest.chroma import CollectionIndex, Portions, configuration, owner_of
from ingest.chroma_http import ChromaProtocol
from ingest.errors import MEND, IndexBusy, IndexCorrupt, IndexRefused, IndexUnreachable
from ingest.settings import StorageSettings

BEARER = "authorization"
# A server writes its whole graph anew after so many vectors, and adds as many again when it starts after a
# crash. Chroma's own 1,000 would be 900 GB on the way to a million; and it keeps to what it began with.
SYNC = 10_000
REBUILD_SECONDS = 0.5  # a rebuild takes the collection away for less


class _Place(TypedDict):
    tenant: str
    database: str


class ServedChromaIndex(CollectionIndex):
    """A collection in a Chroma server: everybody sees at once what anybody wrote.

    Only a writer makes the collection: a reader that made one would find nothing in it and say nothing.

    Args:
        address: of the server.
        settings: names in it, and how it is asked.
    """

    erases: ClassVar[bool] = False

    def __init__(self, address: str, settings: StorageSettings) -> None:
        super().__init__()
        self._address = address
        self._name = settings.vectors_collection
        self._place = _Place(tenant=settings.vectors_tenant, database=settings.vectors_database)
        headers = partial(_headers, settings.vectors_token_file, settings.vectors_token_header)
        self._connect = partial(ChromaProtocol, address, headers, settings.vectors_timeout_seconds)
        self._connected: ChromaProtocol | None = None
        self._collection: Collection | None = None
        self._written: Portions | None = None

    def clear(self, owner: str = "") -> None:
        """See `ingest.vectors.VectorIndex.clear`.

        Raises:
            IndexRefused: if they are of another index.
        """
        self._collection = None
        with self._told():
            with suppress(NotFoundError):
                self._check_own(owner, self._protocol.get_collection(self._name, **self._place).metadata)
                self._protocol.delete_collection(self._name, **self._place)
            self._make()

    def finish(self) -> None:
        """See `ingest.vectors.VectorIndex.finish`: the server puts nothing off."""

    def set_aside(self, folder: Path, owner: str = "") -> str | None:
        """See `ingest.vectors.VectorIndex.set_aside`: the collection gets another name in its server.

        Raises:
            IndexRefused: if they are of another index.
        """
        self._look_again()
        name = f"{self._name}-{folder.name}"
        try:
            with self._open() as collection:
                self._check_own(owner, collection.metadata)
                collection.modify(name=name)
        except IndexCorrupt:  # there is none
            name = ""
        with self._told():
            self._make()
        return f"{name} at {self._address}" if name else None

    def close(self) -> None:
        """See `ingest.vectors.VectorIndex.close`."""
        if self._connected is not None:
            self._connected.close()
        self._connected = self._collection = None

    @property
    def _protocol(self) -> ChromaProtocol:
        if self._connected is None:
            self._connected = self._connect()
        return self._connected

    def _check_own(self, owner: str, metadata: Mapping[str, object] | None) -> None:
        if owner_of(metadata) not in ("", owner):
            raise IndexRefused(
                f"the collection {self._name!r} at {self._address} holds the vectors of another index: set"
                " storage.vectors_collection to a name of this index's own, or delete that collection there"
            )

    def _make(self) -> None:
        model = self._protocol.get_or_create_collection(
            self._name, configuration=configuration(SYNC), **self._place
        )
        self._collection = Collection(self._protocol, model, embedding_function=None)

    def _records(self) -> Portions:
        if self._written is None:
            self._written = Portions(self._protocol.get_max_batch_size())
        return self._written

    def exists(self) -> bool:
        """See `ingest.vectors.VectorIndex.exists`."""
        return True  # a collection that is not there is an error: nobody but a writer makes one

    def _look_again(self) -> None:
        self._collection = None

    @contextmanager
    def _open(self, generation: int | None = None) -> Iterator[Collection]:  # noqa: ARG002 - always fresh
        with self._told():
            yield self._collection or self._found()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong inside, in our errors."""
        try:
            yield
        except NotFoundError as error:
            self._collection = None
            raise IndexBusy(
                f"the vectors at {self._address} are being rebuilt: ask again in a moment"
            ) from error
        except ChromaError as error:
            told = f"the Chroma server at {self._address} cannot do it ({error})"
            if error.code() >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise IndexUnreachable(f"{told}: its log, and the room on its disk, say more") from error
            raise IndexRefused(
                f"{told}: mend the settings storage.vectors…, or run `pincite ingest --rebuild PATH…`"
            ) from error

    def _found(self) -> Collection:
        try:
            model = self._look_up()
        except NotFoundError as error:
            raise IndexCorrupt(
                f"the Chroma server at {self._address} has no collection {self._name!r}: see that the"
                f" settings storage.vectors… name the right one and that it keeps its data, or {MEND}"
            ) from error
        self._collection = collection = Collection(self._protocol, model, embedding_function=None)
        return collection

    def _look_up(self) -> Model:
        try:
            return self._protocol.get_collection(self._name, **self._place)
        except NotFoundError:
            time.sleep(REBUILD_SECONDS)
            return self._protocol.get_collection(self._name, **self._place)


def _headers(token_file: Path | None, name: str) -> dict[str, str]:
    if token_file is None:
        return {}
    try:
        token = token_file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise IndexRefused(f"{token_file} cannot be read: mend storage.vectors_token_file") from error
    return {name: f"Bearer {token}" if name.lower() == BEARER else token}
