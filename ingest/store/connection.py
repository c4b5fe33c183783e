"""What a snapshot and the write side ask of an engine; their SQL is the same on each."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from ingest.documents import Passage

Row = tuple[Any, ...]


class Rows(Protocol):
    """What a statement found, in order, each row once."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a row, or None
        """The next row; None where there is none."""

    def fetchall(self) -> Sequence[Row]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """The rows that are left."""


class Statements(Protocol):
    """Runs statements."""

    def execute(self, sql: str, values: Sequence[object] = (), /) -> Rows:
        """Runs one statement with `?` where its values go."""


class Connection(Statements, Protocol):
    """An open connection to the book of record, in autocommit: transactions are begun by name.

    Attributes:
        begin_writing: statement that begins a transaction which changes something.
    """

    begin_writing: str

    def executemany(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs one statement with each of the rows."""

    def erase(self) -> None:
        """See `Writing.erase`."""

    def index_words(self, passages: Iterable[tuple[int, Passage]]) -> None:
        """Adds passages, which are stored already, each with the key of its text, to the lexical index."""

    def search_words(
        self, words: Sequence[str], weights: tuple[float, float], limit: int, contents: Sequence[int] | None
    ) -> Iterable[tuple[int, int, float]]:
        """Content, ordinal and BM25 score of passages; see `Snapshot.lexical`."""
