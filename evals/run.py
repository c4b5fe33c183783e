"""Running: every question is asked through the same assistant as chat and terminal use."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.measures import Place
from evals.questions import EvalQuestion
from qa.answers import Answer, Outcome
from qa.assistant import Assistant
from qa.questions import Question


@dataclass(frozen=True, slots=True)
class Asked:
    """One question's outcome.

    Attributes:
        id: of the question.
        outcome: "answer" or "abstention".
        answer: its text; "" for an abstention.
        confidence: 0–1.
        citations: cited places with their quotes, in order.
        retrieved: retrieved places, best first.
        seconds: wall time.
    """

    id: str
    outcome: str
    answer: str
    confidence: float
    citations: tuple[tuple[Place, str], ...]
    retrieved: tuple[Place, ...]
    seconds: float

    def to_json(self) -> str:
        """One line of a run file."""
        citations = [{**_place(place), "quote": quote} for place, quote in self.citations]
        retrieved = [_place(place) for place in self.retrieved]
        fields = {
            "id": self.id,
            "outcome": self.outcome,
            "answer": self.answer,
            "confidence": self.confidence,
        }
        return json.dumps(
            {**fields, "citations": citations, "retrieved": retrieved, "seconds": round(self.seconds, 4)},
            ensure_ascii=False,
        )


def ask_all(assistant: Assistant, questions: Iterable[EvalQuestion]) -> Iterator[Asked]:
    """Asks one question after the other."""
    for question in questions:
        started = time.perf_counter()
        outcome = assistant.ask(Question(question.question))
        yield asked(question.id, outcome, time.perf_counter() - started)


def asked(question_id: str, outcome: Outcome, seconds: float) -> Asked:
    """What a run keeps of an outcome."""
    claims = outcome.claims if isinstance(outcome, Answer) else ()
    cited = [citation for claim in claims for citation in claim.citations]
    retrieved = [scored.passage for scored in outcome.trace.retrieved]
    return Asked(
        id=question_id,
        outcome="answer" if isinstance(outcome, Answer) else "abstention",
        answer=outcome.text if isinstance(outcome, Answer) else "",
        confidence=outcome.confidence,
        citations=tuple(((item.document.id, item.span), item.quote) for item in cited),
        retrieved=tuple((passage.document_id, passage.span) for passage in retrieved),
        seconds=seconds,
    )


def write_run(path: Path, header: dict[str, str], run: Iterable[Asked]) -> None:
    """Writes a run file: a line that names settings and models, then one per question."""
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(header, ensure_ascii=False) + "\n")
        file.writelines(item.to_json() + "\n" for item in run)


def _place(place: Place) -> dict[str, str | int]:
    document, span = place
    return {"document": document, "start": span.start, "end": span.end}
