"""Putting the reading side together: the only file of this package that names concrete classes."""

import datetime as dt
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from pydantic import SecretStr

from ingest.copies import NO_COPIES, Copies
from ingest.embedding import Embedder
from ingest.embedding.cached import CachedEmbedder
from ingest.embedding.opening import open_embedder
from ingest.errors import IngestError
from ingest.fingerprint import Fingerprint, fingerprint_of
from ingest.settings import IndexSettings
from ingest.store import Store
from ingest.vectors import VectorIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.build import Builder
    from ingest.cluster.workers import Workers
    from ingest.postgres import Database
    from ingest.readers import FileReader
    from ingest.store.postgres import PostgresStore
    from ingest.store.sqlite import SqliteStore
    from ingest.upkeep.findings import Finding, Outcome
    from ingest.upkeep.repair import Repair
    from ingest.upkeep.vectors import VectorCheck

VECTORS = "chroma"  # folder in an index folder
MODELS = "models"  # another one
_databases: "WeakValueDictionary[str, Database]" = WeakValueDictionary()  # those in use, by their addresses
_opening = threading.Lock()

# Chroma and the document formats are imported where they are first needed: listing documents needs neither.


def open_store(settings: IndexSettings) -> Store:
    """The book of record, whether it exists yet or not.

    Raises:
        IngestError: if the address of a database is none, or what reaches it is not installed.
    """
    if settings.storage.book is None:
        return open_book_file(settings)
    return _open_book_tables(settings.index, settings.storage.book)


def _open_book_tables(index: Path, address: SecretStr) -> "PostgresStore":
    database = open_database(address)
    from ingest.store.postgres import PostgresStore

    return PostgresStore(index, database)


def open_database(address: SecretStr) -> "Database":
    """A PostgreSQL database; nothing is asked of it yet. Whoever names the same one shares its connections.

    Raises:
        IngestError: if that is no address, or what reaches it is not installed.
    """
    try:
        from ingest.postgres import Database
    except ImportError as error:
        raise IngestError(
            "storage.book is set, which needs the extra `postgres`: pip install 'pincite[postgres]'"
        ) from error
    with _opening:
        return _databases.setdefault(address.get_secret_value(), Database(address))


def open_vectors(settings: IndexSettings) -> VectorIndex:
    """The passage vectors."""
    if settings.storage.vectors:
        from ingest.served_index import ServedChromaIndex

        return ServedChromaIndex(settings.storage.vectors, settings.storage)
    from ingest.index import ChromaIndex

    return ChromaIndex(settings.index / VECTORS)


def open_vectors_in(settings: IndexSettings, folder: Path) -> VectorIndex:
    """The passage vectors of an index that is being restored in another folder than it will have."""
    return open_vectors(settings.model_copy(update={"index": folder}))


def bytes_on_disk(store: Store) -> int:
    """What the book of record and the vectors take."""
    taken = store.bytes_on_disk()
    for file in (store.folder / VECTORS).rglob("*"):
        with suppress(FileNotFoundError):  # a segment that is swept
            taken += file.stat().st_size
    return taken


def open_index_embedder(settings: IndexSettings) -> Embedder:
    """The embedding model the settings name.

    Raises:
        ModelUnavailable: if it cannot be had.
    """
    return open_embedder(settings.ingest.embedding_model, settings.index / "models")


def open_builder(
    settings: IndexSettings, copies: Copies = NO_COPIES, reader: "FileReader | None" = None
) -> "Builder":
    """What ingests into an index.

    Args:
        settings: of the index.
        copies: told of every document that goes or changes.
        reader: where files are read, if not in this process.

    Raises:
        ModelUnavailable: if the embedding model cannot be had.
    """
    from ingest.build import Builder

    embedder = _open_passage_embedder(settings)
    return Builder(open_store(settings), open_vectors(settings), embedder, settings.ingest, copies, reader)


def open_workers(settings: IndexSettings, address: str) -> "Workers":
    """The workers of the Ray cluster at an address; connected when entered.

    Raises:
        ModelUnavailable: if the embedding model cannot be had.
    """
    from ingest.cluster.work import Recipe, edition
    from ingest.cluster.workers import Workers

    fingerprint = fingerprint_of(open_index_embedder(settings), settings.ingest).to_json()
    # What another machine kept of a document would outlive its removal here.
    ingest = settings.ingest.model_copy(update={"vector_cache": None})
    return Workers(address, Recipe(ingest, fingerprint, edition()))


def open_cluster_reader(settings: IndexSettings, workers: "Workers") -> "FileReader":
    """What reads files with these workers."""
    from ingest.cluster.reader import ClusterReader

    return ClusterReader(workers, settings.ingest.max_bytes)


def open_book_file(settings: IndexSettings) -> "SqliteStore":
    """The book of record of an index whose book is a file, for who copies that file or puts one there.

    Raises:
        IngestError: if it is on PostgreSQL.
    """
    from ingest.store.sqlite import SqliteStore

    if settings.storage.book is not None:
        raise IngestError(
            "storage.book is set: back up that database with pg_dump, bring it back with pg_restore, and"
            " treat the index folder as any other; `pincite doctor --repair` makes vectors anew, see"
            " docs/scaling.md"
        )
    return SqliteStore(settings.index)


def open_halves(settings: IndexSettings) -> tuple[Store, VectorIndex]:
    """Both halves of an index.

    Raises:
        IngestError: as `open_store`.
    """
    return open_store(settings), open_vectors(settings)


def examine_index(settings: IndexSettings) -> "tuple[Finding, ...]":
    """What is wrong with an index; nothing is changed, an earlier layout aside.

    Raises:
        IndexCorrupt: if a later version made it.
        IndexMissing: if there is none.
        IndexRefused, IndexUnreachable: if a server that holds a half of it cannot be asked.
    """
    check = _vector_check(settings)
    if settings.storage.book is None:
        from ingest.upkeep.repair import examine

        return examine(open_book_file(settings), open_vectors(settings), check)
    tables = _open_book_tables(settings.index, settings.storage.book)
    from ingest.upkeep.tables import examine_tables

    return examine_tables(tables, check)


def open_repair(settings: IndexSettings) -> "Repair":
    """What repairs an index.

    Raises:
        IngestError: as `open_store`.
        ModelUnavailable: if the embedding model cannot be had.
    """
    from ingest.build import Builder
    from ingest.upkeep.repair import Repair

    (store, vectors), embedder = open_halves(settings), _open_passage_embedder(settings)
    fingerprint = fingerprint_of(embedder, settings.ingest)
    aside = settings.index / f"damaged-{dt.datetime.now():%Y-%m-%dT%H-%M-%S}"
    return Repair(
        store,
        vectors,
        _book_mending(settings, embedder, fingerprint, aside),
        embedder,
        Builder(store, vectors, embedder, settings.ingest),
        _vector_check(settings),
        fingerprint,
        aside,
    )


def _book_mending(
    settings: IndexSettings, embedder: Embedder, fingerprint: Fingerprint, aside: Path
) -> "Callable[[], Outcome]":
    if settings.storage.book is None:
        from ingest.upkeep.repair import mend_file

        return partial(mend_file, open_book_file(settings), embedder, fingerprint, aside)
    tables = _open_book_tables(settings.index, settings.storage.book)
    from ingest.upkeep.tables import check_tables

    return partial(check_tables, tables)


def _vector_check(settings: IndexSettings) -> "Callable[[], VectorCheck]":
    from ingest.upkeep.apart import check_apart
    from ingest.upkeep.vectors import check_vectors

    if settings.storage.vectors:  # whatever is damaged there ends the server, and not who asks it
        return partial(check_vectors, *open_halves(settings))
    return partial(check_apart, partial(open_halves, settings))


def _open_passage_embedder(settings: IndexSettings) -> Embedder:
    embedder = open_index_embedder(settings)
    return (
        CachedEmbedder(embedder, settings.ingest.vector_cache) if settings.ingest.vector_cache else embedder
    )
