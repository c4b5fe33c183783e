"""The processes of the kill campaign: one changes an index until it dies, one looks at what is left.

Both are forked from a server that has imported everything and opened nothing, so they are quick to start.
The embedder is the tests' `HashEmbedder`: the kills are about storage, and no model makes them truer.
"""

import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from api.conversion import citation, citation_object
from api.requests import SavedObject
from benchmarks.survival.fates import AFTER, OLD, REMOVED, is_right, may_be_absent
from ingest.build import Builder
from ingest.documents import only_space_outside
from ingest.index import ChromaIndex
from ingest.settings import IngestSettings
from ingest.store import PassageKey, Snapshot
from ingest.store.sqlite import SqliteStore
from qa.answers import Citation, cite
from qa.verification import resolve
from tests.fakes import HashEmbedder

MOST = 10_000  # vectors asked for: all there are


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trial happens: the index, the folder of documents, the citations made before."""

    index: Path
    folder: Path
    citations: Path


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in an index.

    Attributes:
        state: `before`, `after`, or `between` of the operation's two ends.
        verdicts: citations by what became of them.
        passages: how many are live.
        unreached: vectors that are stored, and that Chroma's graph of neighbours does not lead to.
        faults: whatever must not be.
    """

    state: str
    verdicts: dict[str, int]
    passages: int
    unreached: int
    faults: tuple[str, ...]


def builder(index: Path, batch_passages: int = 16) -> Builder:
    """Real SQLite and real Chroma; small batches, so that there is much to interrupt."""
    settings = IngestSettings(batch_passages=batch_passages, passage_tokens=64)
    return Builder(SqliteStore(index), ChromaIndex(index / "chroma"), HashEmbedder(), settings)


def change(place: Place, operation: str) -> None:
    """Does the operation, from wherever it was left."""
    build = builder(place.index)
    if operation == "remove":
        with SqliteStore(place.index).reading() as live:
            there = {summary.id for summary in live.summaries()}
        build.remove([name for name in REMOVED if name in there])
        return
    build.ingest(
        [str(place.folder)], prune=operation in ("prune", "all at once"), rebuild=operation == "rebuild"
    )


def change_until(place: Place, operation: str, fatal: int, told: Connection) -> None:
    """Says that it begins, does the operation, and kills itself at its `fatal`-th call into our code.

    With 0 it lives; with -1 it lives and says how many calls there were.
    """
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG001 - the profiler's form
        nonlocal calls
        # Our own calls, and the C calls they make: SQL statements and Chroma's bindings among them.
        if event in ("call", "c_call") and "/ingest/" in frame.f_code.co_filename:
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
    """Ingests the old documents and cites every sentence of theirs, as a saved answer does."""
    builder(place.index).ingest([str(place.folder)])
    with SqliteStore(place.index).reading() as live:
        documents = [live.document(name) for name in OLD]
        made = [cite(document, each) for document in documents for each in live.sentences(document)]
    saved = SavedObject(citations=tuple(map(citation_object, made)))
    place.citations.write_text(saved.model_dump_json(), encoding="utf-8")


def look(place: Place, operation: str, *, is_complete: bool) -> Seen:
    """Looks at everything that is live, and at every citation."""
    saved = SavedObject.model_validate_json(place.citations.read_text(encoding="utf-8"))
    faults: list[str] = []
    vectors = ChromaIndex(place.index / "chroma")
    with SqliteStore(place.index).reading() as live:
        keys = set(vectors.keys())
        texts, unreached = _texts(live, vectors, keys, faults)
        verdicts = _resolve_all(live, texts, operation, tuple(map(citation, saved.all_citations())), faults)
        passages = live.counts()[2]
    faults += _wrong_texts(texts, operation, is_complete=is_complete)
    if is_complete and len(keys) != passages:
        faults.append(f"{len(keys)} vectors for {passages} passages")
    if is_complete:
        with SqliteStore(place.index).writing() as writing:
            faults += [f"journalled still: {left}" for left in writing.pending()]
    vectors.close()
    state = "before" if texts == OLD else "after" if texts == AFTER[operation] else "between"
    return Seen(state, verdicts, passages, unreached, tuple(faults))


def _texts(
    live: Snapshot, vectors: ChromaIndex, keys: set[PassageKey], faults: list[str]
) -> tuple[dict[str, str], int]:
    """Text by id of all that is live; what is not whole in every part of the index is a fault."""
    texts, unreached = {}, 0
    for summary in live.summaries():
        document = live.document(summary.id)
        sentences = live.sentences(document)
        if not sentences or not only_space_outside(document.text, [each.span for each in sentences]):
            faults.append(f"{summary.id}: sentences are missing")
        key = live.content_key(summary.id) or 0
        everything = {PassageKey(key, number) for number in range(summary.passages)}
        if not everything or not everything <= keys:
            faults.append(f"{summary.id}: {len(everything & keys)} vectors for {summary.passages} passages")
        near = vectors.nearest(HashEmbedder().embed_query("ledger"), MOST, [key], live.generation())
        unreached += len(everything & keys - {found for found, _ in near})
        lexical = live.lexical(["ledger"], (1.0, 1.0), MOST, [key])
        if {found for found, _ in lexical} != everything:
            faults.append(f"{summary.id}: {len(lexical)} of {summary.passages} passages found by words")
        texts[summary.id] = document.text
    return texts, unreached


def _resolve_all(
    live: Snapshot, texts: dict[str, str], operation: str, made: tuple[Citation, ...], faults: list[str]
) -> dict[str, int]:
    verdicts: dict[str, int] = {}
    for each in made:
        found = resolve(live, each)
        verdicts[found.verdict] = verdicts.get(found.verdict, 0) + 1
        if not is_right(operation, texts.get(each.document.id), each, found):
            faults.append(f"{each.document.id} sentence {each.sentence}: {found}")
    return verdicts


def _wrong_texts(texts: dict[str, str], operation: str, *, is_complete: bool) -> list[str]:
    """Documents that are neither as before nor as after, or missing without a reason."""
    after = AFTER[operation]
    if is_complete:
        return [] if texts == after else ["what is live is not what was to be"]
    absent = [f"{name}: lost" for name in OLD if name not in texts and not may_be_absent(operation, name)]
    strange = [
        f"{name}: a text that was never given"
        for name, text in texts.items()
        if text not in (OLD.get(name), after.get(name))
    ]
    return absent + strange
