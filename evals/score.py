"""Scoring: a run held against its questions becomes tables of means, each with its n, by type and overall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.errors import BadQuestions, BadRun
from evals.measures import (
    Place,
    abstention_f1,
    abstention_precision,
    abstention_recall,
    aurc,
    auroc,
    calibration_error,
    citation_exactness,
    citation_scores,
    contains_gold,
    exact_match,
    false_refusal_rate,
    first_citation,
    hit,
    latency,
    mean,
    ndcg,
    recall,
    reciprocal_rank,
    sentence_ranking,
    squad2_exact,
    squad2_f1,
    token_f1,
)
from evals.questions import EvalQuestion
from evals.run import Asked
from ingest.documents import Span
from ingest.errors import DocumentNotFound
from ingest.store import Snapshot

DEPTH = 10
OVERALL = "all"

Value = tuple[float | None, int]  # a mean or a share, and the number of questions it is taken over
Table = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Judged:
    """One question with what was said to it.

    Attributes:
        gold: places of the gold sentences, per alternative set.
        exactness: share of its citations that stand in the stored text; None without citations.
    """

    question: EvalQuestion
    asked: Asked
    gold: tuple[tuple[Place, ...], ...]
    exactness: float | None

    @property
    def abstained(self) -> bool:
        """Whether no answer was given."""
        return self.asked.outcome != "answer"

    @property
    def said(self) -> str | None:
        """The answer; None for an abstention."""
        return None if self.abstained else self.asked.answer

    @property
    def cited(self) -> list[Place]:
        """Cited places, in order."""
        return [place for place, _ in self.asked.citations]

    @property
    def right(self) -> bool:
        """Whether the question can be answered and the first citation does."""
        return self.question.answerable and first_citation(self.cited, self.gold) == 1.0


def judge(live: Snapshot, run: Sequence[Asked], questions: Sequence[EvalQuestion]) -> list[Judged]:
    """Puts each question beside its outcome.

    Raises:
        BadQuestions: if a gold quote is not in the indexed documents.
        BadRun: if the run leaves out a question.
    """
    asked = {item.id: item for item in run}
    missing = [question.id for question in questions if question.id not in asked]
    if missing:
        raise BadRun(f"the run leaves out {len(missing)} questions, first {missing[0]}: run it to its end")
    return [
        Judged(question, item := asked[question.id], gold_places(live, question), _exactness(live, item))
        for question in questions
    ]


def gold_places(live: Snapshot, question: EvalQuestion) -> tuple[tuple[Place, ...], ...]:
    """The gold sentences' places, per alternative set.

    Raises:
        BadQuestions: if a quote is not in the indexed documents.
    """
    return tuple(
        tuple((gold.document, _find(live, question, gold.document, gold.quote)) for gold in gold_set)
        for gold_set in question.evidence
    )


def tables(judged: Sequence[Judged]) -> dict[str, Table]:
    """One table per type of question, in the order of their names, and one overall."""
    types = sorted({item.question.type for item in judged if item.question.type})
    by_type = {name: score([item for item in judged if item.question.type == name]) for name in types}
    return {**by_type, OVERALL: score(judged)}


def score(judged: Sequence[Judged]) -> Table:
    """Every measure over these questions."""
    return {
        **_retrieval(judged),
        **_citations(judged),
        **_texts(judged),
        **_abstention(judged),
        **_confidence(judged),
        **_latency(judged),
    }


def _retrieval(judged: Sequence[Judged]) -> Table:
    documents = [(_documents(item), item.question.relevant) for item in judged]
    sentences = [
        (sentence_ranking(item.asked.retrieved, gold), gold)
        for item in judged
        for gold in [[place for gold_set in item.gold for place in gold_set]]
    ]
    return {
        f"document nDCG@{DEPTH}": mean([ndcg(found, gold, DEPTH) for found, gold in documents]),
        f"document Hit@{DEPTH}": mean([hit(found, gold, DEPTH) for found, gold in documents]),
        f"document Recall@{DEPTH}": mean([recall(found, gold, DEPTH) for found, gold in documents]),
        f"document MRR@{DEPTH}": mean([reciprocal_rank(found, gold, DEPTH) for found, gold in documents]),
        f"sentence Hit@{DEPTH}": mean([hit(found, gold, DEPTH) for found, gold in sentences]),
        f"sentence Recall@{DEPTH}": mean([recall(found, gold, DEPTH) for found, gold in sentences]),
    }


def _citations(judged: Sequence[Judged]) -> Table:
    scores = [citation_scores(item.cited, item.gold) for item in judged]
    return {
        "citation exactness": mean([item.exactness for item in judged]),
        "citation precision": mean([item and item.precision for item in scores]),
        "citation recall": mean([item and item.recall for item in scores]),
        "citation F1": mean([item and item.f1 for item in scores]),
        "first citation right": mean([first_citation(item.cited, item.gold) for item in judged]),
    }


def _texts(judged: Sequence[Judged]) -> Table:
    said = [(item.said or "", item.question.answers) for item in judged if item.question.answerable]
    either = [(item.said, item.question.answers, item.question.answerable) for item in judged]
    return {
        "exact match": mean([exact_match(text, gold) for text, gold in said]),
        "token F1": mean([token_f1(text, gold) for text, gold in said]),
        "contains gold": mean([contains_gold(text, gold) for text, gold in said]),
        "SQuAD2 exact": mean([squad2_exact(text, gold, answerable=can) for text, gold, can in either]),
        "SQuAD2 F1": mean([squad2_f1(text, gold, answerable=can) for text, gold, can in either]),
    }


def _abstention(judged: Sequence[Judged]) -> Table:
    abstained = [item.abstained for item in judged]
    answerable = [item.question.answerable for item in judged]
    return {
        "abstention precision": (abstention_precision(abstained, answerable), len(judged)),
        "abstention recall": (abstention_recall(abstained, answerable), len(judged)),
        "abstention F1": (abstention_f1(abstained, answerable), len(judged)),
        "false refusals": (false_refusal_rate(abstained, answerable), len(judged)),
    }


def _confidence(judged: Sequence[Judged]) -> Table:
    # Whether it is right can be said where gold sentences are known, or there is nothing to know.
    known = [item for item in judged if item.gold or not item.question.answerable]
    confidences, right = [item.asked.confidence for item in known], [item.right for item in known]
    able = [item.asked.confidence for item in judged if item.question.answerable]
    unable = [item.asked.confidence for item in judged if not item.question.answerable]
    return {
        "AUROC answerable": (auroc(able, unable), len(judged)),
        "AURC": (aurc(confidences, right), len(known)),
        "calibration error": (calibration_error(confidences, right), len(known)),
    }


def _latency(judged: Sequence[Judged]) -> Table:
    found = latency([item.asked.seconds for item in judged])
    values = (None, None, None) if found is None else (found.p50, found.p95, found.p99)
    names = ("seconds p50", "seconds p95", "seconds p99")
    return {name: (value, len(judged)) for name, value in zip(names, values, strict=True)}


def _documents(item: Judged) -> list[str]:
    return list(dict.fromkeys(document for document, _ in item.asked.retrieved))


def _exactness(live: Snapshot, item: Asked) -> float | None:
    texts = {}
    for (document, _), _quote in item.citations:
        try:
            texts[document] = live.document(document).text
        except DocumentNotFound:
            continue  # its citations count as not exact
    return citation_exactness(item.citations, texts)


def _find(live: Snapshot, question: EvalQuestion, document_id: str, quote: str) -> Span:
    try:
        start = live.document(document_id).text.find(quote)
    except DocumentNotFound as error:
        raise BadQuestions(f"question {question.id}: its document {document_id!r} is not indexed") from error
    if start < 0:
        raise BadQuestions(f"question {question.id}: its gold quote is not in document {document_id!r}")
    return Span(start, start + len(quote))
