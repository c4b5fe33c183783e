"""The process of the kill campaign that changes an index until it dies.

It is forked from a server that has imported everything and opened nothing, so it is quick to start.
The embedder is the tests' `HashEmbedder`: the kills are about storage, and no model makes them truer.
"""

import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from api.conversation_places import ConversationFile
from api.conversations import Conversations
from api.conversion import citation_object
from api.requests import SavedObject
from api.settings import ConversationSettings
from benchmarks.survival.fates import OLD, REMOVED
from benchmarks.survival.layouts import NEXT
from ingest.assembly import open_book_file, open_halves, open_vectors
from ingest.build import Builder
from ingest.fingerprint import fingerprint_of
from ingest.index import ChromaIndex
from ingest.settings import IndexSettings, IngestSettings
from ingest.store.sqlite import SqliteStore
from ingest.upkeep.apart import check_apart
from ingest.upkeep.repair import Repair, mend_file
from qa.answers import cite
from tests.fakes import HashEmbedder

OURS = ("/ingest/", "/api/conversation", "/survival/layouts")  # code whose calls are counted


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trial happens: the index, with the answers stored in it, and the folder of documents."""

    index: Path
    folder: Path


def conversations(index: Path) -> Conversations:
    """The stored answers."""
    return Conversations(ConversationFile(index), ConversationSettings())


def builder(index: Path, batch_passages: int = 16) -> Builder:
    """Real SQLite and real Chroma; small batches, so that there is much to interrupt."""
    vectors = ChromaIndex(index / "chroma")
    return Builder(SqliteStore(index), vectors, HashEmbedder(), _settings(batch_passages))


def _settings(batch_passages: int = 16) -> IngestSettings:
    return IngestSettings(batch_passages=batch_passages, passage_tokens=64)


def change(place: Place, operation: str) -> None:
    """Does the operation, from wherever it was left."""
    if operation == "migrate":
        _migrate(place.index)
    elif operation == "repair":
        _repair(place)
    elif operation == "remove":
        with SqliteStore(place.index).reading() as live:
            there = {summary.id for summary in live.summaries()}
        builder(place.index).remove([name for name in REMOVED if name in there])
    else:
        builder(place.index).ingest(
            [str(place.folder)], prune=operation in ("prune", "all at once"), rebuild=operation == "rebuild"
        )


def _migrate(index: Path) -> None:
    with SqliteStore(index, NEXT).reading():  # whoever opens a file of an earlier layout brings it up
        pass
    conversations(index).count()


def _repair(place: Place) -> None:
    """As `pincite doctor --repair FOLDER`, which looks at vectors in a process of its own."""
    settings = IndexSettings(index=place.index, ingest=_settings())
    store, vectors = open_book_file(settings), open_vectors(settings)
    embedder = HashEmbedder()
    fingerprint = fingerprint_of(embedder, settings.ingest)
    aside = place.index / f"damaged-{len(list(place.index.glob('damaged-*')))}"
    Repair(
        store,
        vectors,
        partial(mend_file, store, embedder, fingerprint, aside),
        embedder,
        Builder(store, vectors, embedder, settings.ingest),
        partial(check_apart, partial(open_halves, settings)),
        fingerprint,
        aside,
    ).run([str(place.folder)])


def change_until(place: Place, operation: str, fatal: int, told: Connection) -> None:
    """Says that it begins, does the operation, and kills itself at its `fatal`-th call into our code.

    With 0 it lives; with -1 it lives and says how many calls there were.
    """
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG001 - the profiler's form
        nonlocal calls
        # Our own calls, and the C calls they make: SQL statements and Chroma's bindings among them.
        if event in ("call", "c_call") and any(part in frame.f_code.co_filename for part in OURS):
            calls += 1
            if calls == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    told.send("begins")
    if fatal:
        sys.setprofile(count)
    change(place, operation)
    sys.setprofile(None)
    told.send(calls)


def make_base(place: Place) -> None:
    """Ingests the old documents, and stores an answer for every sentence of theirs, which cites it."""
    builder(place.index).ingest([str(place.folder)])
    kept = conversations(place.index)
    with SqliteStore(place.index).reading() as live:
        for name in OLD:
            document, chosen = live.document(name), kept.start().id
            for sentence in live.sentences(document):
                made = citation_object(cite(document, sentence))
                answer = SavedObject(citations=(made,)).model_dump_json()
                kept.append(chosen, sentence.text, answer)
