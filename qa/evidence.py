"""Evidence: the sentences of retrieved passages, scored by the reader, the best of them shown."""

from collections.abc import Iterator, Sequence

from ingest.documents import Document, Sentence
from ingest.store import Snapshot
from qa.answers import ScoredPassage
from qa.drafts import Evidence, Shown
from qa.reading import Reader
from qa.wording import flatten, leans_back

# Logits a leaning sentence gives away; up to 1.5 cost no right first citation on the development sets,
# 2.0 did, see docs/decisions/0008-reading.md.
LEANING = 1.5

Candidate = tuple[Document, Sentence]


def candidates(live: Snapshot, passages: Sequence[ScoredPassage], limit: int) -> list[Candidate]:
    """Sentences that can state something, best passage first, each text once, at most `limit`.

    Headings and questions are left out: they name what is asked, and answer nothing.
    """
    found: list[Candidate] = []
    seen: set[str] = set()
    for document, sentence in _sentences(live, passages):
        text = flatten(sentence.text)
        if text in seen or sentence.is_heading or text.endswith("?"):
            continue
        seen.add(text)
        found.append((document, sentence))
        if len(found) == limit:
            break
    return found


def read(question: str, found: Sequence[Candidate], reader: Reader, shown: int) -> Evidence:
    """Reads every candidate by itself and the best `shown` of them again below their titles.

    A sentence's score is the mean of both logits: a title says whom "he" or "the company" means, but
    a title that says little must not drown what the sentence says. A sentence that says too little
    alone gives way to one as good that does not lean on another. Ties keep the order of retrieval.
    """
    bare = reader.score(question, [flatten(sentence.text) for _, sentence in found])
    best = sorted(zip(bare, found, strict=True), key=lambda pair: -pair[0])[:shown]
    titled = reader.score(
        question, [f"{document.title}. {flatten(item.text)}" for _, (document, item) in best]
    )
    scored = [
        ((one + other) / 2 - (LEANING if leans_back(flatten(item[1].text)) else 0.0), item)
        for (one, item), other in zip(best, titled, strict=True)
    ]
    scored.sort(key=lambda pair: -pair[0])
    return Evidence(
        tuple(
            Shown(f"S{number}", sentence, document, score)
            for number, (score, (document, sentence)) in enumerate(scored, 1)
        )
    )


def _sentences(live: Snapshot, passages: Sequence[ScoredPassage]) -> Iterator[Candidate]:
    for scored in passages:
        document = live.document(scored.passage.document_id)
        first, last = scored.passage.first_sentence, scored.passage.last_sentence
        for sentence in live.sentences(document, first, last):
            yield document, sentence
