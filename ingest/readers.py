"""Turning found files into documents: the protocol, and how this process does it.

Who stores documents decides what becomes of each, one after the other. A reader may look ahead and make
them ready elsewhere meanwhile; what it made in vain is thrown away, what it left undone is done where
documents are stored. So an index does not tell who read its files.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.discovery import Found
from ingest.documents import Document, Skipped
from ingest.embedding import Embedder, Vectors
from ingest.errors import UnreadableDocument
from ingest.loading import load
from ingest.loading.files import open_within
from ingest.passages import gather_passages
from ingest.sentences import split_sentences
from ingest.store import FileRecord, PreparedDocument, Snapshot


@dataclass(frozen=True, slots=True)
class Examined:
    """A found file, and whether there is anything to read in it.

    Attributes:
        found: where it stands.
        record: the file as it is now; None if it cannot be opened.
        is_unchanged: whether it was read as it is now.
        refusal: why it cannot be opened, if so.
    """

    found: Found
    record: FileRecord | None = None
    is_unchanged: bool = False
    refusal: str = ""

    @property
    def is_to_be_read(self) -> bool:
        """Whether its documents are to be had."""
        return self.record is not None and not self.is_unchanged

    @property
    def place(self) -> str:
        """Its path relative to the root its ids are relative to: a file known already keeps its root."""
        return (
            self.found.place if self.record is None else Found(self.found.path, Path(self.record.root)).place
        )


@dataclass(frozen=True, slots=True, eq=False)
class Fresh:
    """A document ready to be stored; `vectors` of shape `(passages, dimensions)`, or still to be made."""

    prepared: PreparedDocument
    vectors: Vectors | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Readied:
    """A document that was read; `fresh` if it was split into sentences and passages, too."""

    document: Document
    fresh: Fresh | None = None


Item = Readied | Skipped
Needs = Callable[[Document], bool]


class FileReader(Protocol):
    """Turns files into documents."""

    def read(self, files: Iterable[Examined], needs: Needs) -> Iterator[tuple[Examined, Iterator[Item]]]:
        """All files in order, each with what it holds: nothing where there is nothing to be read.

        Args:
            files: taken one after the other, perhaps some ahead.
            needs: whether a document, as things stand now, will have to be split and embedded.

        Yields:
            A file and its items, to be taken before the next file is asked for.

        Raises:
            ClusterUnavailable: if files are read on a cluster and it was lost.
        """


class LocalReader:
    """Reads files in this process, when they are asked for."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    def read(self, files: Iterable[Examined], needs: Needs) -> Iterator[tuple[Examined, Iterator[Item]]]:
        """See `FileReader.read`; nothing is done ahead, so nobody is asked what is needed."""
        del needs
        for file in files:
            yield file, self._items(file)

    def _items(self, file: Examined) -> Iterator[Item]:
        if file.is_to_be_read:
            for item in load(file.found.path, file.place, max_bytes=self._max_bytes):
                yield item if isinstance(item, Skipped) else Readied(item)


def examine(found: Found, live: Snapshot, max_bytes: int) -> Examined:
    """Looks at a file, and at how it was when it was last read."""
    origin = str(found.path)
    known = live.file(origin)
    try:
        with open_within(found.path, max_bytes) as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except UnreadableDocument as problem:
        return Examined(found, refusal=problem.reason)
    record = FileRecord(origin, known.root if known else str(found.root), digest)
    return Examined(found, record, is_unchanged=record == known)


def prepare_document(document: Document, embedder: Embedder, budget: int) -> PreparedDocument:
    """Splits a document into sentences and gathers them into passages of at most `budget` tokens."""
    sentences = split_sentences(document)
    passages = gather_passages(document, sentences, budget, embedder.count_tokens)
    return PreparedDocument(document, sentences, passages)
