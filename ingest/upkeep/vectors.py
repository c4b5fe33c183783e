"""Examining and mending the passage vectors: the book of record says which there have to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.documents import embedded_text
from ingest.embedding import Embedder
from ingest.errors import IndexCorrupt
from ingest.store import PassageKey, Pending, Snapshot, Store, Writing
from ingest.upkeep.findings import Finding, Outcome, counted
from ingest.vectors import VectorIndex, adopt, check_owner

SLICE = 256  # passages embedded and stored in one step
UNIT = 1e-2  # how far from 1 the length of a vector may be
REFUSED = "questions are refused until they are mended"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the book says of the vectors at one moment: keys of live passages, and texts in the journal."""

    live: frozenset[PassageKey]
    pending: frozenset[int]


def examine_vectors(store: Store, vectors: VectorIndex) -> tuple[Finding, ...]:
    """What is wrong with the vectors of a sound book. An ingest may run beside."""
    before = _expected(store)
    try:
        with store.reading() as live:
            index = live.index_id()
        if before.live and index:
            check_owner(vectors, index)
        held = frozenset(vectors.keys())
        after = _expected(store)
        missing = before.live & after.live - held
        crooked = _crooked(vectors, sorted(before.live & after.live & held, key=_order))
    except IndexCorrupt as error:
        return (Finding("vectors", str(error), REFUSED),)
    extra = {
        key for key in held - before.live - after.live if key.content not in before.pending | after.pending
    }
    return tuple(
        Finding("vectors", f"{counted(number, 'vector')} {told}", consequence)
        for number, told, consequence in (
            (len(missing), "missing", REFUSED),
            (len(crooked), "damaged", "their passages are found where they should not be, or not at all"),
            (len(extra), "of no passage", "they crowd out others from what is found"),
        )
        if number
    )


def mend_vectors(store: Store, vectors: VectorIndex, embedder: Embedder, aside: Path) -> Outcome:
    """Makes the vectors those of the live passages. To be killed at any moment, and run again.

    Args:
        store: the book of record, sound.
        vectors: what is mended.
        embedder: the model the index was built with.
        aside: folder for vectors that cannot be used.

    Raises:
        IndexBusy: if another process is writing.
    """
    with store.writing() as writing:
        told = _make_ours(writing, vectors, aside)
        wanted = frozenset(writing.live.passage_keys())
        held = frozenset(vectors.keys())
        pending = {item.content for item in writing.live.pending()}
        strangers = {key for key in held - wanted if key.content not in pending}
        vectors.forget(_texts(strangers))
        held = frozenset(vectors.keys())  # a text with one passage too many is forgotten as a whole
        crooked = _crooked(vectors, sorted(held & wanted, key=_order))
        missing = sorted((wanted - held) | crooked, key=_order)
        for start in range(0, len(missing), SLICE):
            keys = missing[start : start + SLICE]
            vectors.upsert(keys, embedder.embed_passages(_embedded_texts(writing.live, keys)))
        if told or strangers or missing:
            writing.touch()  # servers open the vectors anew
    if strangers:
        told += (f"{counted(len(strangers), 'vector')} of no passage deleted",)
    if missing:
        told += (f"{counted(len(missing), 'passage')} embedded again",)
    return Outcome(told)


def _make_ours(writing: Writing, vectors: VectorIndex, aside: Path) -> tuple[str, ...]:
    """Moves away vectors that cannot be opened or are not of this index; what is there then is ours."""
    index = writing.live.index_id()
    told: tuple[str, ...] = ()
    try:
        vectors.keys()
        ours = not index or vectors.is_of(index)
    except IndexCorrupt:
        ours = False
    if not ours:
        moved = vectors.set_aside(aside)
        told = (f"the vectors were moved to {moved}",) if moved else ()
    if not index or not vectors.is_of(index):
        adopt(vectors, writing)
    return told


def _expected(store: Store) -> Expected:
    with store.reading() as live:
        pending = frozenset(item.content for item in live.pending())
        return Expected(frozenset(live.passage_keys()), pending)


def _embedded_texts(live: Snapshot, keys: Sequence[PassageKey]) -> list[str]:
    """What the model reads for stored passages."""
    stored = live.passages(keys)
    texts: dict[str, str] = {}
    told = []
    for key in keys:
        found = stored[key]
        if found.document_id not in texts:
            texts = {found.document_id: live.document(found.document_id).text}
        told.append(embedded_text(found.context, found.span.cut(texts[found.document_id])))
    return told


def _crooked(vectors: VectorIndex, keys: Sequence[PassageKey]) -> frozenset[PassageKey]:
    """Those whose vector is none of length 1."""
    found: set[PassageKey] = set()
    for start in range(0, len(keys), SLICE):
        for key, vector in vectors.vectors_of(keys[start : start + SLICE]).items():
            length = float(np.linalg.norm(vector))
            if not abs(length - 1.0) < UNIT:  # nor where it is no number
                found.add(key)
    return frozenset(found)


def _texts(keys: set[PassageKey]) -> tuple[Pending, ...]:
    last: dict[int, int] = {}
    for key in keys:
        last[key.content] = max(key.ordinal, last.get(key.content, 0))
    return tuple(Pending(content, ordinal + 1) for content, ordinal in sorted(last.items()))


def _order(key: PassageKey) -> tuple[int, int]:
    return key.content, key.ordinal
