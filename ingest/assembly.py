"""Putting the reading side together: the only file of this package that names concrete classes."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedding import Embedder
from ingest.embedding.cached import CachedEmbedder
from ingest.embedding.opening import open_embedder
from ingest.settings import IndexSettings
from ingest.store import FILE_NAME, Store
from ingest.vectors import VectorIndex

if TYPE_CHECKING:
    from ingest.build import Builder

VECTORS = "chroma"  # folder in an index folder

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
    return open_embedder(settings.ingest.embedding_model, settings.index / "models")


def open_builder(settings: IndexSettings) -> "Builder":
    """What ingests into an index.

    Raises:
        ModelUnavailable: if the embedding model cannot be had.
    """
    from ingest.build import Builder

    embedder = open_index_embedder(settings)
    if settings.ingest.vector_cache:
        embedder = CachedEmbedder(embedder, settings.ingest.vector_cache)
    return Builder(open_store(settings), open_vectors(settings), embedder, settings.ingest)
