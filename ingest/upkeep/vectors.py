"""Examining and mending the passage vectors: the book of record says which there have to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ingest.documents import embedded_text
from ingest.embedding import Embedder
from ingest.errors import IndexCorrupt
from ingest.store import PassageKey, Pending, Snapshot, Store
from ingest.upkeep.findings import Finding, Outcome, counted
from ingest.vectors import VectorIndex, adopt, check_owner

SLICE = 256  # passages embedded and stored in one step
SAMPLE = 100  # vectors that are searched for by themselves
MISSED = 0.05  # share of them that an approximate search may miss
UNIT = 1e-2  # how far from 1 the length of a vector may be
REFUSED = "questions are refused until they are mended"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the book says of the vectors at one moment: keys of live passages, and texts in the journal."""

    live: frozenset[PassageKey]
    pending: frozenset[int]


@dataclass(frozen=True, slots=True)
class VectorCheck:
    """What is wrong with the vectors.

    Attributes:
        unusable: why they cannot be used at all; None if they can.
        missing, crooked, extra: how many passages have none, how many are no unit vectors, how many are
            of no passage.
    """

    unusable: str | None = None
    missing: int = 0
    crooked: int = 0
    extra: int = 0

    def findings(self) -> tuple[Finding, ...]:
        """The same in words."""
        if self.unusable:
            return (Finding("vectors", self.unusable, REFUSED),)
        return tuple(
            Finding("vectors", f"{counted(number, 'vector')} {told}", consequence)
            for number, told, consequence in (
                (self.missing, "missing", REFUSED),
                (self.crooked, "damaged", "their passages are found where they should not be, or not at all"),
                (self.extra, "of no passage", "they crowd out others from what is found"),
            )
            if number
        )


def check_vectors(store: Store, vectors: VectorIndex) -> VectorCheck:
    """Looks at every vector of a sound book. An ingest may run beside."""
    before = _expected(store)
    try:
        with store.reading() as live:
            index = live.index_id()
        held = frozenset(vectors.keys())
        if index and (before.live or held):
            check_owner(vectors, index)
        after = _expected(store)
        # What is live before and after was live when the vectors were looked at: no key is used twice.
        steady = before.live & after.live
        present = sorted(steady & held, key=_order)
        if unfound := _unfound(vectors, present):
            return VectorCheck(f"of {SAMPLE} vectors {unfound} are not found by searching for themselves")
        crooked = _crooked(vectors, present)
    except IndexCorrupt as error:
        return VectorCheck(str(error))
    strangers = held - before.live - after.live
    extra = sum(key.content not in before.pending | after.pending for key in strangers)
    return VectorCheck(missing=len(steady - held), crooked=len(crooked), extra=extra)


def mend_vectors(
    store: Store, vectors: VectorIndex, embedder: Embedder, aside: Path, *, usable: bool
) -> Outcome:
    """Makes the vectors those of the live passages. To be killed at any moment, and run again.

    Args:
        store: the book of record, sound.
        vectors: what is mended.
        embedder: the model the index was built with.
        aside: folder for vectors that cannot be used.
        usable: whether they can be, as `check_vectors` found.

    Raises:
        IndexBusy: if another process is writing.
        IndexRefused: if what cannot be used is another index's, in a server that holds both.
    """
    with store.writing() as writing:
        told = () if usable else _set_aside(vectors, aside, writing.live.index_id() or "")
        adopt(vectors, writing)
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


def _set_aside(vectors: VectorIndex, aside: Path, owner: str) -> tuple[str, ...]:
    moved = vectors.set_aside(aside, owner)
    return (f"the vectors were moved to {moved}",) if moved else ()


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


def _unfound(vectors: VectorIndex, keys: Sequence[PassageKey]) -> int:
    """How many of a sample are not found where they are, if more than a sound graph misses."""
    sample = keys[:: max(1, len(keys) // SAMPLE)][:SAMPLE]
    unfound = 0
    for vector in vectors.vectors_of(sample).values():
        nearest = vectors.nearest(vector, 1, None, 0)
        unfound += bool(np.linalg.norm(vector)) and not (nearest and nearest[0][1] > 1 - UNIT)
    return unfound if unfound > SAMPLE * MISSED else 0


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
