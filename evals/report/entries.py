"""Entries: every question with its gold, and what each run told, in their contexts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from evals.judging import Judged
from evals.measures import Place
from evals.questions import EvalQuestion
from evals.report.contexts import Mark, Window, windows
from evals.report.runs import JudgedRun, Verdict, verdict
from ingest.documents import Document
from ingest.errors import DocumentNotFound
from ingest.store import Snapshot

GOLD = "gold"

Marked = tuple[Place, str]  # a place and its label


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of one document."""

    document_id: str
    title: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """A citation whose quote does not stand at its span in the documents as they are."""

    document_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Told:
    """What one run made of a question.

    Attributes:
        run: its name.
        answer: None for an abstention.
        confidence: 0–1.
        seconds: wall time.
        cited: the cited sentences in their contexts, gold ones among them marked.
        lost: citations that cannot be shown so.
    """

    run: str
    verdict: Verdict
    answer: str | None
    confidence: float
    seconds: float
    cited: tuple[Excerpt, ...]
    lost: tuple[Lost, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A question beside what the runs told.

    Attributes:
        told: one per run that was asked, in the order of the runs.
        gold: the gold sentences of all alternative sets in their contexts, cited ones among them marked;
            documents that were cited come first.
    """

    question: EvalQuestion
    told: tuple[Told, ...]
    gold: tuple[Excerpt, ...]

    @property
    def is_bad(self) -> bool:
        """Whether any run went wrong."""
        return any(item.verdict.is_bad for item in self.told)

    @property
    def is_abstained(self) -> bool:
        """Whether any run abstained."""
        return any(item.answer is None for item in self.told)

    @property
    def is_disputed(self) -> bool:
        """Whether the runs' verdicts differ."""
        return len({item.verdict for item in self.told}) > 1


class Shelf:
    """Documents of a snapshot, each loaded once however many questions are about it."""

    def __init__(self, live: Snapshot) -> None:
        self._live = live
        self._loaded: dict[str, Document | None] = {}

    def find(self, document_id: str) -> Document | None:
        """The live document of that id; None where there is none."""
        if document_id not in self._loaded:
            try:
                self._loaded[document_id] = self._live.document(document_id)
            except DocumentNotFound:
                self._loaded[document_id] = None
        return self._loaded[document_id]

    def holds(self, place: Place, quote: str) -> bool:
        """Whether a quote stands at its place."""
        document = self.find(place[0])
        span = place[1]
        return document is not None and document.text[span.start : span.end] == quote

    def excerpts(self, around: Iterable[Place], marked: Sequence[Marked]) -> Iterator[Excerpt]:
        """Some places in their contexts, document by document as they come."""
        places = list(around)
        for document_id in dict.fromkeys(place[0] for place in places):
            document = self.find(document_id)
            if document is not None:
                spans = [span for where, span in places if where == document_id]
                marks = [Mark(span, label) for (where, span), label in marked if where == document_id]
                yield Excerpt(document_id, document.title, windows(document.text, spans, marks))


def entries(runs: Sequence[JudgedRun], live: Snapshot) -> Iterator[Entry]:
    """One entry per question, in the order of the runs."""
    shelf = Shelf(live)
    asked: dict[str, list[tuple[str, Judged]]] = {}
    for run in runs:
        for item in run.judged:
            asked.setdefault(item.question.id, []).append((run.name, item))
    for items in asked.values():
        yield _entry(shelf, items)


def _entry(shelf: Shelf, items: Sequence[tuple[str, Judged]]) -> Entry:
    _, first = items[0]
    gold = _gold(first)
    cited = [
        (place, "cited" if len(items) == 1 else f"cited by {name}")
        for name, item in items
        for place, quote in item.asked.citations
        if shelf.holds(place, quote)
    ]
    return Entry(
        question=first.question,
        told=tuple(_told(shelf, name, item) for name, item in items),
        gold=tuple(shelf.excerpts(_cited_first(gold, cited), gold + cited)),
    )


def _told(shelf: Shelf, name: str, item: Judged) -> Told:
    numbered = [
        (place, f"citation {number}")
        for number, (place, quote) in enumerate(item.asked.citations, 1)
        if shelf.holds(place, quote)
    ]
    return Told(
        run=name,
        verdict=verdict(item),
        answer=item.said,
        confidence=item.asked.confidence,
        seconds=item.asked.seconds,
        cited=tuple(shelf.excerpts((place for place, _ in numbered), numbered + _gold(item))),
        lost=tuple(
            Lost(place[0], quote) for place, quote in item.asked.citations if not shelf.holds(place, quote)
        ),
    )


def _cited_first(gold: Sequence[Marked], cited: Sequence[Marked]) -> list[Place]:
    """The gold places, those in cited documents before the others: one fact may stand in twenty."""
    documents = {document for (document, _), _ in cited}
    return sorted((place for place, _ in gold), key=lambda place: place[0] not in documents)


def _gold(item: Judged) -> list[Marked]:
    """Every gold sentence once, whatever sets it belongs to."""
    return [(place, GOLD) for place in dict.fromkeys(place for places in item.gold for place in places)]
