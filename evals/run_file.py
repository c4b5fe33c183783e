"""Run files: JSON Lines, first a header that says what was asked with what, then one outcome a line."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evals.errors import BadRun
from evals.measures import Place
from evals.questions import EvalQuestion, read_questions
from ingest.documents import Span


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
        nearest: places of the sentences an abstention showed, best first; confidence is about the first.
    """

    id: str
    outcome: str
    answer: str
    confidence: float
    citations: tuple[tuple[Place, str], ...]
    retrieved: tuple[Place, ...]
    seconds: float
    nearest: tuple[Place, ...] = ()

    def to_json(self) -> str:
        """One line of a run file."""
        fields = {
            "id": self.id,
            "outcome": self.outcome,
            "answer": self.answer,
            "confidence": self.confidence,
            "citations": [{**_place(place), "quote": quote} for place, quote in self.citations],
            "retrieved": [_place(place) for place in self.retrieved],
            "seconds": round(self.seconds, 4),
            "nearest": [_place(place) for place in self.nearest],
        }
        return json.dumps(fields, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> "Asked":
        """The outcome on a line of a run file.

        Raises:
            ValueError, KeyError, TypeError: if the line is something else.
        """
        fields = json.loads(line)
        return cls(
            id=fields["id"],
            outcome=fields["outcome"],
            answer=fields["answer"],
            confidence=fields["confidence"],
            citations=tuple((_read_place(item), item["quote"]) for item in fields["citations"]),
            retrieved=tuple(_read_place(item) for item in fields["retrieved"]),
            seconds=fields["seconds"],
            nearest=tuple(_read_place(item) for item in fields["nearest"]),
        )


@dataclass(frozen=True, slots=True)
class RunHeader:
    """First line of a run file: what was asked with what.

    Attributes:
        questions: digest of what is asked.
        settings: of the assistant, as JSON.
        index, reader, generator, verifier: fingerprints; runs of early versions do not name a verifier.
        versions: of Pincite, Python and the packages that decide results.
        machine: processor kind and usable cores.
        jobs: questions asked at the same time.
        source: file the questions came from, "" for none. It may move without making another run.
    """

    questions: str
    settings: str
    index: str
    reader: str
    generator: str
    versions: str
    machine: str
    jobs: int
    source: str = field(compare=False)
    verifier: str = ""


def digest_of(questions: Sequence[EvalQuestion]) -> str:
    """SHA-256 (64 hex digits) over what is asked, in order; gold that was mended makes no other questions."""
    lines = "\n".join(
        question.model_dump_json(include={"id", "question", "history"}) for question in questions
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def read_run(path: Path) -> tuple[RunHeader, list[Asked]]:
    """A run file's header and its lines; a last line cut short by a crash is left out.

    Raises:
        BadRun: if it is no run file.
    """
    try:
        first, *lines = path.read_text(encoding="utf-8").split("\n")
        whole = lines[:-1]  # what follows the last line end is empty, or cut short
        return RunHeader(**json.loads(first)["run"]), [Asked.from_json(line) for line in whole]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadRun(f"{path} is no run file: {type(error).__name__}: {error}") from error


def asked_questions(path: Path, header: RunHeader, named: Path | None) -> tuple[EvalQuestion, ...]:
    """The questions that a run asked, from the file `named`, or else from the one it came from.

    Raises:
        BadQuestions: if they cannot be read.
        BadRun: if it is not known where they are, or they have changed since.
    """
    if named is None and not header.source:
        raise BadRun(f"{path} does not say where its questions are: name them with --questions")
    source = named or Path(header.source)
    questions = read_questions(source)
    if digest_of(questions) != header.questions:
        raise BadRun(
            f"{source} does not hold the questions that {path} asked: run them anew, or name the right file "
            "with --questions"
        )
    return questions


def resume(path: Path, header: RunHeader) -> set[str]:
    """Ids that a run file holds; cuts off a line that a crash left short.

    Raises:
        BadRun: if the file is a run of something else, or no run.
    """
    if not path.exists() or not path.stat().st_size:
        return set()
    earlier, items = read_run(path)
    if earlier != header:
        raise BadRun(f"{path} is a run of other questions, settings, models or versions: name another file")
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex("\n") + 1], encoding="utf-8")
    return {item.id for item in items}


def _place(place: Place) -> dict[str, str | int]:
    document, span = place
    return {"document": document, "start": span.start, "end": span.end}


def _read_place(fields: dict[str, str | int]) -> Place:
    return str(fields["document"]), Span(int(fields["start"]), int(fields["end"]))
