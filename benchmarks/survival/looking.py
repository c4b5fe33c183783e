"""The process of the kill campaign that looks at what is left of an index."""

from dataclasses import dataclass, replace
from functools import partial

from api.conversation_layout import LAYOUT as CONVERSATIONS
from api.conversion import citation
from api.requests import SavedObject
from benchmarks.survival.dying import Place, conversations
from benchmarks.survival.fates import AFTER, OLD, SENTENCES, is_right, may_be_absent
from benchmarks.survival.layouts import NEXT, open_book, versions
from ingest.documents import only_space_outside
from ingest.errors import IngestError
from ingest.index import ChromaIndex
from ingest.store import EVERYTHING, PassageKey, Snapshot
from ingest.store.sqlite import SqliteStore
from ingest.upkeep.repair import examine
from ingest.upkeep.vectors import check_vectors
from qa.answers import Citation
from qa.retrieval import HybridRetriever
from qa.settings import QaSettings
from qa.verification import resolve
from tests.fakes import HashEmbedder

MOST = 10_000  # vectors asked for: all there are
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in an index.

    Attributes:
        state: `before`, `after`, or `between` of the operation's two ends; `refused` if it refuses to answer.
        verdicts: citations by what became of them.
        passages: how many are live.
        unreached: vectors that are stored, and that Chroma's graph of neighbours does not lead to.
        faults: whatever must not be.
        told: what was said of a refusal.
    """

    state: str
    verdicts: dict[str, int]
    passages: int = 0
    unreached: int = 0
    faults: tuple[str, ...] = ()
    told: str = ""


def look(place: Place, operation: str, *, is_complete: bool) -> Seen:
    """Looks at everything that is live, and at every citation; an index under repair may refuse instead."""
    layouts = versions(place.index)
    store, vectors = open_book(place.index), ChromaIndex(place.index / "chroma")
    try:
        _ask(store, vectors)
        seen = _look(place, operation, store, vectors, is_complete=is_complete)
    except IngestError as error:
        faults = (f"refused: {error}",) if is_complete or operation != "repair" else ()
        return Seen(REFUSED, {}, faults=faults, told=f"{type(error).__name__}: {error}")
    finally:
        vectors.close()
    return _with_layouts(seen, layouts, is_complete=is_complete) if operation == "migrate" else seen


def _ask(store: SqliteStore, vectors: ChromaIndex) -> None:
    """What every question begins with: whoever meets damage there says so instead of answering."""
    retriever = HybridRetriever(HashEmbedder(), vectors, QaSettings(), store)
    with store.reading() as live:
        retriever.retrieve(live, "Which ledger names an amount?", EVERYTHING, 5)


def _look(
    place: Place, operation: str, store: SqliteStore, vectors: ChromaIndex, *, is_complete: bool
) -> Seen:
    faults: list[str] = []
    with store.reading() as live:
        keys = set(vectors.keys())
        texts, unreached = _texts(live, vectors, keys, faults)
        verdicts = _resolve_all(live, texts, operation, _stored(place, faults), faults)
        passages = live.counts()[2]
    faults += _wrong_texts(texts, operation, is_complete=is_complete)
    found = examine(store, vectors, partial(check_vectors, store, vectors)) if is_complete else ()
    faults += [f"the doctor finds: {each.told}" for each in found if each.is_fault]
    if is_complete and len(keys) != passages:
        faults.append(f"{len(keys)} vectors for {passages} passages")
    if is_complete:
        with store.writing() as writing:
            faults += [f"journalled still: {left}" for left in writing.pending()]
    return Seen(_state(texts, operation), verdicts, passages, unreached, tuple(faults))


def _state(texts: dict[str, str], operation: str) -> str:
    if texts == OLD and operation != "repair":  # a damaged index that answers is mended already
        return "before"
    return "after" if texts == AFTER[operation] else "between"


def _with_layouts(seen: Seen, layouts: tuple[int, int], *, is_complete: bool) -> Seen:
    """What is migrated is told by its layouts: nothing else is to change."""
    migrated = [layouts[0] == NEXT.version, layouts[1] == CONVERSATIONS.version]
    state = "after" if all(migrated) else "between" if any(migrated) else "before"
    faults = (
        (*seen.faults, f"layouts {layouts} at the end") if is_complete and state != "after" else seen.faults
    )
    return replace(seen, state=state, faults=faults)


def _stored(place: Place, faults: list[str]) -> tuple[Citation, ...]:
    """The citations of all stored answers; one that is not as it was stored is a fault."""
    kept, found = conversations(place.index), []
    for conversation in kept.page(MOST):
        for turn in kept.get(conversation.id)[1]:
            (made,) = map(citation, SavedObject.model_validate_json(turn.answer).all_citations())
            found.append(made)
            if made.quote != turn.question:
                faults.append(f"an answer by another question: {turn.question}")
    if len({each.quote for each in found}) != len(OLD) * SENTENCES:
        faults.append(f"{len(found)} answers are stored")
    return tuple(found)


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
