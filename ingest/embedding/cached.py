"""Embedding with a memory: the vector of a passage is kept in a file and never made twice.

A vector depends on model and text alone, so it outlives the index it was made for: a rebuild after the
splitter or the size of passages changed embeds only what is new. Queries are not kept: each is one text, and
seldom asked again.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import numpy as np

from ingest.copies import Dropped
from ingest.embedding import Embedder, Vectors
from ingest.erasing import write_anew
from ingest.errors import IndexBusy, ModelUnavailable
from ingest.storage import PRIMARY, storage_failure, storage_told

FILE_NAME = "vectors.sqlite3"
BUSY_SECONDS = 10
STORED = np.dtype("<f4")  # float32, little-endian on any machine
TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"


class KeptVectors:
    """The vectors in a folder, as copies of passages (`ingest.copies`)."""

    def __init__(self, path: Path) -> None:
        self._file = path / FILE_NAME

    def forget(self, dropped: Dropped) -> None:
        """See `ingest.copies.Copies.forget`: another passage of the same words is embedded anew.

        Raises:
            IndexBusy: if another process keeps the file to itself.
            ModelUnavailable: if the kept vectors cannot be used.
        """
        if not dropped.passages or not self._file.exists():
            return
        keys = [(key_of(dropped.embedder, passage),) for passage in dropped.passages]
        with opened(self._file) as connection:
            with connection:
                found = connection.executemany("DELETE FROM vectors WHERE key = ?", keys).rowcount
            if found:
                connection.isolation_level = None
                write_anew(connection, str(self._file))


class CachedEmbedder:
    """Embeds only passages whose vectors are not kept yet; constructing it reads nothing.

    Threads and processes may share a folder: nobody holds the file while the inner embedder works.

    Args:
        inner: makes the vectors; its fingerprint stands in every key, so models do not mix.
        path: folder of the kept vectors, made where it is missing.
    """

    def __init__(self, inner: Embedder, path: Path) -> None:
        self._inner = inner
        self._file = path / FILE_NAME

    @property
    def name(self) -> str:
        """That of the inner embedder."""
        return self._inner.name

    @property
    def fingerprint(self) -> str:
        """That of the inner embedder: an index does not tell where its vectors came from."""
        return self._inner.fingerprint

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        return self._inner.dimensions

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read, special tokens not counted."""
        return self._inner.max_tokens

    def prepare(self) -> None:
        """Tries the kept vectors, if there are any, and loads ahead what the inner embedder loads ahead.

        Raises:
            IndexBusy, ModelUnavailable: as `embed_passages`.
        """
        if self._file.exists():
            self._kept(())
        self._inner.prepare()

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Number of tokens of each text, special tokens not counted, nothing cut off."""
        return self._inner.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape `(len(texts), dimensions)`, in the order given.

        Raises:
            IndexBusy: if another process keeps the file to itself.
            ModelUnavailable: if the kept vectors cannot be used, or the inner embedder cannot embed.
        """
        if not texts:
            return self._inner.embed_passages(texts)
        keys = [key_of(self.fingerprint, text) for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        vectors = self._kept(wanted)
        new = {key: text for key, text in wanted.items() if key not in vectors}
        if new:
            made = dict(zip(new, self._inner.embed_passages(list(new.values())), strict=True))
            self._keep(made)
            vectors |= made
        return np.stack([vectors[key] for key in keys])

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of shape `(dimensions,)`, always from the inner embedder."""
        return self._inner.embed_query(text)

    def _kept(self, keys: Iterable[bytes]) -> dict[bytes, Vectors]:
        select = "SELECT vector FROM vectors WHERE key = ?"
        with opened(self._file) as connection:
            rows = ((key, connection.execute(select, (key,)).fetchone()) for key in keys)
            return {key: self._vector(row[0]) for key, row in rows if row}

    def _keep(self, made: Mapping[bytes, Vectors]) -> None:
        rows = ((key, vector.astype(STORED).tobytes()) for key, vector in made.items())
        # one transaction; another process may have been quicker
        with opened(self._file) as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", rows)

    def _vector(self, stored: bytes) -> Vectors:
        if len(stored) != self.dimensions * STORED.itemsize:
            raise _unusable(self._file, f"{len(stored)} bytes for {self.dimensions} numbers")
        return np.frombuffer(stored, STORED).astype(np.float32)


def key_of(embedder: str, text: str) -> bytes:
    """Under which the vector is kept that an embedder of that fingerprint makes of a text."""
    return hashlib.sha256(f"{embedder}\0{text}".encode()).digest()


@contextmanager
def opened(file: Path) -> Iterator[sqlite3.Connection]:
    """The file of kept vectors, made where it is missing.

    Raises:
        IndexBusy: if another process keeps it to itself.
        ModelUnavailable: if it cannot be used.
    """
    with storage_told(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(file, timeout=BUSY_SECONDS)) as connection:
            # busy at once if another process does so too, which will do; any other error comes again
            with suppress(sqlite3.OperationalError):
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")  # see ingest/store/schema.py
            connection.execute(TABLE)
            yield connection
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & PRIMARY == sqlite3.SQLITE_BUSY:  # whatever finer kind of busy
            raise IndexBusy(f"another process is writing to {file}: try again later") from error
        raise storage_failure(error, file) or _unusable(file, str(error)) from error


def _unusable(file: Path, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"{file} cannot be used as a cache of vectors ({why}):"
        " delete the file, it is made anew at the next use"
    )
