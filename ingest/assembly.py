"""Putting the reading side together: the only file of this package that names concrete classes."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedding import Embedder
from ingest.embedding.opening import open_embedder, open_passage_embedder
from ingest.settings import IndexSettings
from ingest.store import FILE_NAME, Store
from ingest.vectors import VectorIndex

if TYPE_CHECKING:
    from ingest.build import Builder
    from ingest.cluster.workers import Workers
    from ingest.reading import FileReader

VECTORS = "chroma"  # folder in an index folder
MODELS = "models"  # another one

# Chroma and the document formats are imported where they are first needed: listing documents needs neither.


def open_store(settings: IndexSettings) -> Store:
    """The book of record, whether it exists yet or not."""
    return Store(settings.index)


def open_vectors(settings: IndexSettings) -> VectorIndex:
    """The passage vectors."""
    from ingest.index import ChromaIndex

    return ChromaIndex(settings.index / VECTORS)


def bytes_on_disk(index: Path) -> int:
    """What the book of record and the vectors of an index folder take."""
    files = (*index.glob(FILE_NAME + "*"), *(index / VECTORS).rglob("*"))
    taken = 0
    for file in files:
        with suppress(FileNotFoundError):  # a log that is written over, a segment that is swept
            taken += file.stat().st_size
    return taken


def open_index_embedder(settings: IndexSettings) -> Embedder:
    """The embedding model the settings name.

    Raises:
        ModelUnavailable: if it cannot be had.
    """
    return open_embedder(settings.ingest.embedding_model, settings.index / MODELS)


def open_builder(settings: IndexSettings, reader: "FileReader | None" = None) -> "Builder":
    """What ingests into an index.

    Args:
        settings: of the index.
        reader: where files are read, if not in this process.

    Raises:
        ModelUnavailable: if the embedding model cannot be had.
    """
    from ingest.build import Builder

    embedder = open_passage_embedder(settings.ingest, settings.index / MODELS)
    return Builder(open_store(settings), open_vectors(settings), embedder, settings.ingest, reader)


def open_workers(settings: IndexSettings, address: str) -> "Workers":
    """The workers of the Ray cluster at an address; connected when entered.

    Raises:
        ModelUnavailable: if the embedding model cannot be had.
    """
    from ingest.cluster.work import Recipe, edition
    from ingest.cluster.workers import Workers
    from ingest.fingerprint import fingerprint_of

    fingerprint = fingerprint_of(open_index_embedder(settings), settings.ingest).to_json()
    kept = settings.ingest.vector_cache
    ingest = settings.ingest.model_copy(update={"vector_cache": kept and kept.absolute()})
    return Workers(address, Recipe(ingest, fingerprint, edition()))


def open_cluster_reader(settings: IndexSettings, workers: "Workers") -> "FileReader":
    """What reads files with these workers."""
    from ingest.cluster.reader import ClusterReader

    return ClusterReader(workers, settings.ingest.max_bytes)
