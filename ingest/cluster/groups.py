"""Documents that are split and embedded together, so that an order is worth its way."""

from dataclasses import dataclass, field
from typing import cast

from ingest.cluster.work import Failed, Made, Prepare
from ingest.cluster.workers import Piece, Workers
from ingest.documents import Document

FULL_CHARACTERS = 32_000  # about half a second's work


@dataclass(slots=True, eq=False)
class Group:
    """Documents for one order, or, if a worker died over them, for one order each.

    Attributes:
        documents: in their order.
        pieces: none before it was sent.
        waiting: how many documents were not handed on yet.
    """

    documents: list[Document] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    waiting: int = 0
    _versions: set[str] = field(default_factory=set)
    _characters: int = 0

    def add(self, document: Document) -> int:
        """Takes a document in; returns its number."""
        self.documents.append(document)
        self._versions.add(document.version)
        self._characters += len(document.text)
        self.waiting += 1
        return len(self.documents) - 1

    def holds(self, version: str) -> bool:
        """Whether a document with that text is in it."""
        return version in self._versions

    def is_full(self) -> bool:
        """Whether it is large enough to be sent."""
        return self._characters >= FULL_CHARACTERS

    def send(self, workers: Workers) -> None:
        """Sends all documents in one order; what goes wrong with it is tried again one by one."""
        together = Prepare(tuple(self.documents))
        self.pieces = [
            workers.start(together, attempts=1) if len(self.documents) > 1 else workers.start(together)
        ]

    def take_apart(self, workers: Workers) -> None:
        """If the order for all failed, sends one for each: what is wrong with one is not another's fault."""
        if len(self.documents) > len(self.pieces) == 1 and isinstance(self.pieces[0].result, Failed):
            workers.repeated += 1
            self.pieces = [workers.start(Prepare((document,))) for document in self.documents]

    def outcome(self, number: int) -> Made | Failed | None:
        """What became of a document; None as long as nobody knows."""
        if not self.pieces:
            return None
        if len(self.documents) > len(self.pieces):
            result = self.pieces[0].result
            # taken apart a moment later
            return cast("list[Made]", result)[number] if isinstance(result, list) else None
        result = self.pieces[number].result
        return result[0] if isinstance(result, list) else cast("Failed | None", result)
