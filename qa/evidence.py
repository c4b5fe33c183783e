"""Evidence: the sentences of retrieved passages, scored by the reader, the best of them shown."""

from collections.abc import Iterator, Sequence

from ingest.documents import Document, Sentence
from ingest.store import Snapshot
from qa.answers import Evidence, ScoredPassage, Shown
from qa.reading import Reader
from qa.wording import flatten

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
    """Scores every candidate and shows the best `shown`; ties keep the order of retrieval."""
    scores = reader.score(question, [flatten(sentence.text) for _, sentence in found])
    ranked = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0])[:shown]
    return Evidence(
        tuple(
            Shown(f"S{number}", sentence, document, score)
            for number, (score, (document, sentence)) in enumerate(ranked, 1)
        )
    )


def _sentences(live: Snapshot, passages: Sequence[ScoredPassage]) -> Iterator[Candidate]:
    for scored in passages:
        document = live.document(scored.passage.document_id)
        first, last = scored.passage.first_sentence, scored.passage.last_sentence
        for sentence in live.sentences(document, first, last):
            yield document, sentence
