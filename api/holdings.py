"""How much a house holds, counted when somebody asks: the metrics do, every few seconds."""

from dataclasses import dataclass

from api.conversations import Conversations
from api.errors import ConversationsUnreadable
from ingest.assembly import bytes_on_disk
from ingest.errors import IngestError
from ingest.store import Store


@dataclass(frozen=True, slots=True)
class IndexSize:
    """What is live in an index, and the bytes of texts, lexical index and vectors, not of uploads."""

    documents: int
    sentences: int
    passages: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is; None for what cannot be read now."""

    index: IndexSize | None
    conversations: int | None


def take_stock(store: Store, conversations: Conversations) -> Holdings:
    """What there is now. What is wrong with it is told where it is used, not here."""
    return Holdings(_index_size(store), _kept(conversations))


def _index_size(store: Store) -> IndexSize | None:
    try:
        with store.reading() as live:
            return IndexSize(*live.counts(), bytes=bytes_on_disk(store))
    except IngestError:
        return None


def _kept(conversations: Conversations) -> int | None:
    try:
        return conversations.count()
    except (ConversationsUnreadable, IngestError):
        return None
