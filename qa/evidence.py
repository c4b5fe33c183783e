"""Evidence: the sentences of retrieved passages, scored by the reader, the best of them shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ingest.documents import Document, Sentence
from ingest.store import Snapshot
from qa.answers import ScoredPassage
from qa.drafts import Evidence, Shown
from qa.reading import Reader
from qa.wording import flatten, is_list_item, leans_back

# Logits a leaning sentence gives away; up to 1.5 cost no right first citation on the development sets,
# 2.0 did, see docs/decisions/0008-reading.md.
LEANING = 1.5
LONGEST_REST = 20  # items of a list read beyond the end of their passage


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be evidence, its document, and the title and heading it stands under."""

    document: Document
    sentence: Sentence
    context: str

    @property
    def text(self) -> str:
        """The sentence on one line."""
        return flatten(self.sentence.text)

    @property
    def in_context(self) -> str:
        """The sentence after its title and heading."""
        return ". ".join([*self.context.split("\n"), self.text])


def candidates(live: Snapshot, passages: Sequence[ScoredPassage], limit: int) -> list[Candidate]:
    """Sentences that can state something, best passage first, each text once, at most `limit`.

    Headings and questions are left out: they name what is asked, and answer nothing.
    """
    found: dict[str, Candidate] = {}
    for candidate in _sentences(live, passages):
        text = candidate.text
        if not candidate.sentence.is_heading and not text.endswith("?"):
            found.setdefault(text, candidate)
    return list(islice(found.values(), limit))


def read(question: str, found: Sequence[Candidate], reader: Reader, shown: int) -> Evidence:
    """Reads every candidate by itself and the best `shown` of them again below their title and heading.

    A sentence's score is the mean of both logits: a heading says whom "he" or "the company" means, but
    one that says little must not drown what the sentence says. A sentence that says too little
    alone gives way to one as good that does not lean on another. Ties keep the order of retrieval.
    """
    bare = reader.score(question, [candidate.text for candidate in found])
    best = sorted(zip(bare, found, strict=True), key=lambda pair: -pair[0])[:shown]
    placed = reader.score(question, [candidate.in_context for _, candidate in best])
    scored = [
        ((one + other) / 2 - (LEANING if leans_back(candidate.text) else 0.0), candidate)
        for (one, candidate), other in zip(best, placed, strict=True)
    ]
    scored.sort(key=lambda pair: -pair[0])
    return _show(scored, found)


def _show(scored: Sequence[tuple[float, Candidate]], found: Sequence[Candidate]) -> Evidence:
    """Evidence under handles: what was read, and the list items that shown sentences introduce.

    An item has the score of what introduces it, unless it was read to be better.
    """
    items = {candidate: _items(candidate, found) for _, candidate in scored}
    scores = {candidate: score for score, candidate in scored}  # ties: what introduces comes before its items
    for score, lead in scored:
        for item in items[lead]:
            scores[item] = max(score, scores.get(item, score))
    ranked = sorted(scores, key=lambda candidate: -scores[candidate])
    handles = {candidate: f"S{number}" for number, candidate in enumerate(ranked, 1)}
    return Evidence(
        tuple(
            Shown(
                handles[candidate],
                candidate.sentence,
                candidate.document,
                scores[candidate],
                tuple(handles[item] for item in items.get(candidate, ())),
            )
            for candidate in ranked
        )
    )


def _items(lead: Candidate, found: Sequence[Candidate]) -> list[Candidate]:
    """The list items that follow a sentence ending in a colon."""
    if not lead.text.endswith(":"):
        return []
    own = {
        candidate.sentence.ordinal: candidate
        for candidate in found
        if candidate.document.id == lead.document.id
    }
    items: list[Candidate] = []
    while (item := own.get(lead.sentence.ordinal + len(items) + 1)) and is_list_item(item.sentence.text):
        items.append(item)
    return items


def _sentences(live: Snapshot, passages: Sequence[ScoredPassage]) -> Iterator[Candidate]:
    """The sentences of each passage, and the rest of a list that it breaks off."""
    documents = {id_: live.document(id_) for id_ in {scored.passage.document_id for scored in passages}}
    for scored in passages:
        passage = scored.passage
        document = documents[passage.document_id]
        last = passage.last_sentence
        for sentence in live.sentences(document, passage.first_sentence, last + LONGEST_REST):
            if sentence.ordinal > last and not is_list_item(sentence.text):
                break
            yield Candidate(document, sentence, passage.context)
