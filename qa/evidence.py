"""Evidence: the sentences of retrieved passages, read where they stand, the best of them shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from ingest.documents import Document, Sentence
from ingest.store import PassageKey, Snapshot
from qa.answers import ScoredPassage
from qa.confidence import confidence_of, weigh
from qa.drafts import Evidence, Shown
from qa.reading import Reader
from qa.second_reading import SecondReader
from qa.windows import SentenceReading, Window
from qa.wording import flatten, is_list_item

LONGEST_REST = 20  # items of a list read beyond the end of their passage
RECONSIDERED = 6  # sentences read a second time
ANSWERING = 0.25  # fused score that an answer for certain is worth, see docs/decisions/0008-reading.md


@dataclass(frozen=True, slots=True)
class Stretch:
    """A passage as it is read: its sentences, and the rest of a list that it breaks off."""

    passage: ScoredPassage
    document: Document
    sentences: tuple[Sentence, ...]

    @property
    def window(self) -> Window:
        """What the reader sees."""
        texts = tuple(flatten(sentence.text) for sentence in self.sentences)
        return Window(self.passage.passage.context, texts)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be evidence, and what the reader says about it.

    Attributes:
        passage: where it was found.
        reading: after the second reading with the score weighed.
        part: number of the part of the question it was read under, from 0.
    """

    passage: ScoredPassage
    document: Document
    sentence: Sentence
    reading: SentenceReading
    part: int = 0

    @property
    def place(self) -> tuple[str, int]:
        """Document and sentence."""
        return self.document.id, self.sentence.ordinal

    @property
    def text(self) -> str:
        """The sentence on one line."""
        return flatten(self.sentence.text)

    def scored(self, score: float) -> "Candidate":
        """The same with another score."""
        return replace(self, reading=replace(self.reading, score=score))


def stretches(live: Snapshot, passages: Sequence[ScoredPassage]) -> list[Stretch]:
    """The passages as they are read, in their order."""
    documents = {id_: live.document(id_) for id_ in {scored.passage.document_id for scored in passages}}
    return [_stretch(live, documents[scored.passage.document_id], scored) for scored in passages]


def read(question: str, found: Sequence[Stretch], reader: Reader) -> list[Candidate]:
    """Every sentence that can state something, best first; ties keep the order of retrieval.

    Headings and questions are read with the rest and left out: they name what is asked, and answer nothing.
    A sentence that two passages share has its better score.
    """
    readings = reader.read(question, [stretch.window for stretch in found])
    return _each_place_once(_candidates(found, readings))


def reconsider(question: str, ranked: Sequence[Candidate], second: SecondReader) -> list[Candidate]:
    """The ranking after a second reading of its best, with the weights of retrieval in the scores.

    They are read by themselves, so that what says enough alone goes before what leans on its neighbours. What
    was not read again stays behind what was.
    """
    again, rest = ranked[:RECONSIDERED], ranked[RECONSIDERED:]
    opinions = second.score(question, [candidate.text for candidate in again])
    heard = [
        candidate.scored(weigh(candidate.reading.score, opinion, candidate.passage))
        for candidate, opinion in zip(again, opinions, strict=True)
    ]
    heard.sort(key=lambda candidate: -candidate.reading.score)
    lowest = min(opinions, default=0.0)
    unheard = [
        candidate.scored(
            min(heard[-1].reading.score, weigh(candidate.reading.score, lowest, candidate.passage))
        )
        for candidate in rest
    ]
    return [*heard, *sorted(unheard, key=lambda candidate: -candidate.reading.score)]


def merge(rankings: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """What was read under the parts of a question as one ranking.

    A sentence goes with the part it answers best.
    """
    return _each_place_once(
        replace(candidate, part=part) for part, ranked in enumerate(rankings) for candidate in ranked
    )


def by_reading(retrieved: Sequence[ScoredPassage], ranked: Sequence[Candidate]) -> tuple[ScoredPassage, ...]:
    """The passages by fused score and by how sure their best sentence is to answer."""
    sure: dict[PassageKey, float] = {}
    for candidate in ranked:
        sure.setdefault(candidate.passage.passage.key, confidence_of(candidate.reading.score))
    return tuple(
        sorted(retrieved, key=lambda scored: -(scored.score + ANSWERING * sure.get(scored.passage.key, 0.0)))
    )


def in_turn(found: Sequence[Sequence[ScoredPassage]], limit: int) -> tuple[ScoredPassage, ...]:
    """The first passages found for each part of a question, then the second ones, and so on; each once."""
    once: dict[PassageKey, ScoredPassage] = {}
    for scored in chain.from_iterable(zip_longest(*found)):
        if scored is not None:
            once.setdefault(scored.passage.key, scored)
    return tuple(once.values())[:limit]


def show(ranked: Sequence[Candidate], limit: int) -> Evidence:
    """The best `limit` texts under handles, wherever they stand, and the list items that they introduce.

    The parts of a question have equal shares. An item has the score of what introduces it, unless it was
    read to be better.
    """
    shown = _shares(ranked, limit)
    items = {candidate: _items(candidate, ranked) for candidate in shown}
    scores = {candidate: candidate.reading.score for candidate in shown}
    for lead, introduced in items.items():
        for item in introduced:
            scores[item] = max(lead.reading.score, scores.get(item, item.reading.score))
    order = sorted(scores, key=lambda candidate: -scores[candidate])
    handles = {candidate: f"S{number}" for number, candidate in enumerate(order, 1)}
    return Evidence(
        tuple(
            Shown(
                handles[candidate],
                candidate.sentence,
                candidate.document,
                replace(candidate.reading, score=scores[candidate]),
                tuple(handles[item] for item in items.get(candidate, ())),
                candidate.part,
            )
            for candidate in order
        )
    )


def _each_place_once(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates with the better one of two for a sentence, best first."""
    best: dict[tuple[str, int], Candidate] = {}
    for candidate in candidates:
        known = best.get(candidate.place)
        if known is None or candidate.reading.score > known.reading.score:
            best[candidate.place] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.reading.score)


def _shares(ranked: Sequence[Candidate], limit: int) -> list[Candidate]:
    """The best sentences of every part of the question, of at most `limit` different texts in all."""
    parts = {candidate.part for candidate in ranked}
    share = -(-limit // max(1, len(parts)))
    return [
        candidate
        for part in parts
        for candidate in _distinct([other for other in ranked if other.part == part], share)
    ]


def _distinct(ranked: Sequence[Candidate], limit: int) -> list[Candidate]:
    """The best sentences of at most `limit` different texts."""
    texts = list(dict.fromkeys(candidate.text for candidate in ranked))[:limit]
    return [candidate for candidate in ranked if candidate.text in texts]


def _stretch(live: Snapshot, document: Document, scored: ScoredPassage) -> Stretch:
    passage = scored.passage
    last = passage.last_sentence
    read = live.sentences(document, passage.first_sentence, last + LONGEST_REST)
    end = next(
        (s.ordinal for s in read if s.ordinal > last and not is_list_item(s.text)), last + LONGEST_REST + 1
    )
    return Stretch(scored, document, tuple(sentence for sentence in read if sentence.ordinal < end))


def _candidates(
    found: Sequence[Stretch], readings: Sequence[Sequence[SentenceReading]]
) -> Iterator[Candidate]:
    for stretch, read_ in zip(found, readings, strict=True):
        for sentence, reading in zip(stretch.sentences, read_, strict=True):
            if not sentence.is_heading and not sentence.text.rstrip().endswith("?"):
                yield Candidate(stretch.passage, stretch.document, sentence, reading)


def _items(lead: Candidate, ranked: Sequence[Candidate]) -> list[Candidate]:
    """The list items that follow a sentence ending in a colon."""
    if not lead.text.endswith(":"):
        return []
    own = {
        candidate.sentence.ordinal: candidate
        for candidate in ranked
        if candidate.document.id == lead.document.id
    }
    items: list[Candidate] = []
    while (item := own.get(lead.sentence.ordinal + len(items) + 1)) and is_list_item(item.sentence.text):
        items.append(item)
    return items
