"""Judging: a run's outcomes put beside the questions they answer and the places of the gold sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.errors import BadQuestions, BadRun
from evals.measures import Place, all_right, citation_exactness, contains_gold, first_citation
from evals.questions import EvalQuestion
from evals.run_file import Asked
from ingest.documents import Span
from ingest.errors import DocumentNotFound
from ingest.store import Snapshot


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
    def documents(self) -> list[str]:
        """Ids of the documents retrieved, each at its best rank."""
        return list(dict.fromkeys(document for document, _ in self.asked.retrieved))

    @property
    def right(self) -> bool | None:
        """Whether the right thing was done; None where no judgment says.

        A question that cannot be answered wants an abstention; any other a first citation that answers
        it or, where no gold sentence is known, a text that holds what it should.
        """
        if not self.question.answerable:
            return self.abstained
        value = first_citation(self.cited, self.gold) if self.gold else self._text_right()
        return None if value is None else value == 1.0

    @property
    def belief(self) -> tuple[float, bool] | None:
        """Confidence, and whether the sentence it is about answers; None where no judgment says.

        That is the first sentence cited or, after an abstention, the nearest one: what is believed is
        measured apart from the threshold above which it is said. Nothing answers what cannot be answered.
        """
        if not self.question.answerable:
            return self.asked.confidence, False
        best = self.cited or self.asked.nearest
        value = first_citation(best, self.gold) if self.gold else self._said_right()
        return None if value is None else (self.asked.confidence, value == 1.0)

    def _said_right(self) -> float | None:
        return None if self.abstained else self._text_right()

    def _text_right(self) -> float | None:
        question = self.question
        if question.wrong_answers is None:
            return None if question.long_form else contains_gold(self.said or "", question.answers)
        return all_right(self.said or "", question.answers, question.wrong_answers)


def judge(live: Snapshot, run: Sequence[Asked], questions: Sequence[EvalQuestion]) -> tuple[Judged, ...]:
    """Puts each question beside its outcome.

    Raises:
        BadQuestions: if a gold quote is not in the indexed documents.
        BadRun: if the run leaves out a question.
    """
    asked = {item.id: item for item in run}
    missing = [question.id for question in questions if question.id not in asked]
    if missing:
        raise BadRun(f"the run leaves out {len(missing)} questions, first {missing[0]}: run it to its end")
    return tuple(
        Judged(question, item := asked[question.id], gold_places(live, question), _exactness(live, item))
        for question in questions
    )


def gold_places(live: Snapshot, question: EvalQuestion) -> tuple[tuple[Place, ...], ...]:
    """The gold sentences' places, per alternative set.

    Raises:
        BadQuestions: if a quote is not in the indexed documents.
    """
    return tuple(
        tuple((gold.document, _find(live, question, gold.document, gold.quote)) for gold in gold_set)
        for gold_set in question.evidence
    )


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
