"""Scoring: a run held against its questions becomes a table of means, each with its n."""

from collections.abc import Mapping, Sequence

from evals.errors import BadQuestions
from evals.measures import Place, auroc, citation_scores, first_citation, hit, mean
from evals.questions import EvalQuestion
from evals.run import Asked
from ingest.documents import Span
from ingest.store import Snapshot

Scores = Mapping[str, tuple[float | None, int]]


def gold_places(live: Snapshot, question: EvalQuestion) -> tuple[tuple[Place, ...], ...]:
    """The gold sentences' places, per alternative set.

    Raises:
        BadQuestions: if a quote is not in its document.
        DocumentNotFound: if the document is not in the index.
    """
    return tuple(
        tuple((gold.document, _find(live, question, gold.document, gold.quote)) for gold in gold_set)
        for gold_set in question.evidence
    )


def score(
    run: Sequence[Asked], questions: Sequence[EvalQuestion], gold: Mapping[str, Sequence[Sequence[Place]]]
) -> Scores:
    """Means over the questions to which each measure applies."""
    pairs = list(zip(run, questions, strict=True))
    cited = {item.id: [place for place, _ in item.citations] for item in run}
    citations = [citation_scores(cited[item.id], gold[item.id]) for item, _ in pairs]
    return {
        "retrieval hit@10": mean([hit(_documents(item), question.relevant, 10) for item, question in pairs]),
        "first citation": mean([first_citation(cited[item.id], gold[item.id]) for item, _ in pairs]),
        "citation precision": mean([scores and scores[0] for scores in citations]),
        "citation recall": mean([scores and scores[1] for scores in citations]),
        "citation F1": mean([scores and scores[2] for scores in citations]),
        "answered, answerable": _answered(run, [question.answerable for question in questions]),
        "answered, unanswerable": _answered(run, [not question.answerable for question in questions]),
        "AUROC of confidence": (
            auroc(
                [item.confidence for item, question in pairs if question.answerable],
                [item.confidence for item, question in pairs if not question.answerable],
            ),
            len(run),
        ),
        "claims an answer": mean([float(len(item.citations)) for item in run if item.outcome == "answer"]),
        "seconds": mean([item.seconds for item in run]),
    }


def _answered(run: Sequence[Asked], counted: Sequence[bool]) -> tuple[float | None, int]:
    """Share of the counted questions that were answered."""
    return mean(
        [float(item.outcome == "answer") for item, counts in zip(run, counted, strict=True) if counts]
    )


def _documents(item: Asked) -> list[str]:
    return list(dict.fromkeys(document for document, _ in item.retrieved))


def _find(live: Snapshot, question: EvalQuestion, document_id: str, quote: str) -> Span:
    start = live.document(document_id).text.find(quote)
    if start < 0:
        raise BadQuestions(f"question {question.id}: its gold quote is not in document {document_id!r}")
    return Span(start, start + len(quote))
