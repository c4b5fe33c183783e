"""Evidence: the sentences of retrieved passages, scored by the reader, the best of them shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ingest.documents import Document, Sentence
from ingest.store import Snapshot
from qa.answers import ScoredPassage
from qa.drafts import Evidence, Shown
from qa.reading import Reader
from qa.wording import flatten, leans_back

# Logits a leaning sentence gives away; up to 1.5 cost no right first citation on the development sets,
# 2.0 did, see docs/decisions/0008-reading.md.
LEANING = 1.5


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
    return Evidence(
        tuple(
            Shown(f"S{number}", candidate.sentence, candidate.document, score)
            for number, (score, candidate) in enumerate(scored, 1)
        )
    )


def _sentences(live: Snapshot, passages: Sequence[ScoredPassage]) -> Iterator[Candidate]:
    for scored in passages:
        passage = scored.passage
        document = live.document(passage.document_id)
        for sentence in live.sentences(document, passage.first_sentence, passage.last_sentence):
            yield Candidate(document, sentence, passage.context)
