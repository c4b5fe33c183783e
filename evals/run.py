"""Running: every question is asked through the same assistant as chat and terminal use."""

import json
import os
import platform
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from evals.errors import BadRun
from evals.measures import Place
from evals.questions import EvalQuestion
from ingest.documents import Span
from qa.answers import Answer, Outcome
from qa.assistant import Assistant
from qa.questions import Question, Turn

DECISIVE = ("pincite", "chromadb", "onnxruntime", "nupunkt")  # packages whose version decides results


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
        fields = {
            "id": self.id,
            "outcome": self.outcome,
            "answer": self.answer,
            "confidence": self.confidence,
            "citations": [{**_place(place), "quote": quote} for place, quote in self.citations],
            "retrieved": [_place(place) for place in self.retrieved],
            "seconds": round(self.seconds, 4),
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
        )


@dataclass(frozen=True, slots=True)
class RunHeader:
    """First line of a run file: what was asked with what.

    Attributes:
        settings: of the assistant, as JSON.
        index, reader, generator: fingerprints.
        versions: of Pincite, Python and the packages that decide results.
        machine: processor kind and usable cores.
    """

    settings: str
    index: str
    reader: str
    generator: str
    versions: str
    machine: str


def header_of(assistant: Assistant) -> RunHeader:
    """The header of a run with this assistant, on this machine, now."""
    packages = ", ".join(f"{name} {_version(name)}" for name in DECISIVE)
    return RunHeader(
        settings=assistant.settings.model_dump_json(),
        index=assistant.index_fingerprint,
        reader=assistant.reader.fingerprint,
        generator=assistant.generator.fingerprint,
        versions=f"Python {platform.python_version()}, {packages}",
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    )


def run_questions(assistant: Assistant, questions: Sequence[EvalQuestion], path: Path) -> Iterator[Asked]:
    """Asks every question that the run file does not hold yet, adding a line to it for each.

    Raises:
        BadRun: if the file is a run of other settings, or no run.
    """
    header = header_of(assistant)
    done = _resume(path, header)
    with path.open("a", encoding="utf-8") as file:
        if not done and not file.tell():
            file.write(json.dumps({"run": asdict(header)}, ensure_ascii=False) + "\n")
        for item in ask_all(assistant, (question for question in questions if question.id not in done)):
            file.write(item.to_json() + "\n")
            file.flush()
            yield item


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


def _resume(path: Path, header: RunHeader) -> set[str]:
    """Ids that a run file holds; cuts off a line that a crash left short."""
    if not path.exists() or not path.stat().st_size:
        return set()
    earlier, items = read_run(path)
    if earlier != header:
        raise BadRun(f"{path} is a run of other settings, models or versions: name another file")
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex("\n") + 1], encoding="utf-8")
    return {item.id for item in items}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "from source"


def ask_all(assistant: Assistant, questions: Iterable[EvalQuestion]) -> Iterator[Asked]:
    """Asks one question after the other."""
    for question in questions:
        started = time.perf_counter()
        history = tuple(Turn(turn.speaker, turn.text) for turn in question.history)
        outcome = assistant.ask(Question(question.question, history))
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


def _place(place: Place) -> dict[str, str | int]:
    document, span = place
    return {"document": document, "start": span.start, "end": span.end}


def _read_place(fields: dict[str, str | int]) -> Place:
    return str(fields["document"]), Span(int(fields["start"]), int(fields["end"]))
