"""Running: every question is asked through the same assistant as chat and terminal use."""

import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from evals.questions import EvalQuestion
from evals.run_file import Asked, RunHeader, digest_of, resume
from qa.answers import Abstention, Answer, Outcome
from qa.assistant import Assistant
from qa.questions import Question, Turn

DECISIVE = ("pincite", "chromadb", "onnxruntime", "nupunkt")  # packages whose version decides results

Ask = Callable[[EvalQuestion], Asked]


def header_of(
    assistant: Assistant, questions: Sequence[EvalQuestion], source: Path | None = None, jobs: int = 1
) -> RunHeader:
    """The header of a run of these questions with this assistant, on this machine, now."""
    packages = ", ".join(f"{name} {_version(name)}" for name in DECISIVE)
    return RunHeader(
        questions=digest_of(questions),
        settings=assistant.settings.model_dump_json(),
        index=assistant.index_fingerprint,
        reader=assistant.reading_fingerprint,
        generator=assistant.writer.generator.fingerprint,
        versions=f"Python {platform.python_version()}, {packages}",
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        jobs=jobs,
        source=str(source.resolve()) if source else "",
        verifier=assistant.writer.verifier.fingerprint,
    )


def run_questions(
    ask: Ask, header: RunHeader, questions: Sequence[EvalQuestion], path: Path
) -> Iterator[Asked]:
    """Asks every question that the run file does not hold yet, adding a line to it for each.

    Args:
        ask: who is asked, such as `asking(assistant)`.
        header: what the run file says of it.
        questions: in the order of the run.
        path: the run file.

    Raises:
        BadRun: if the file is a run of something else, or no run.
    """
    done = resume(path, header)
    waiting = [question for question in questions if question.id not in done]
    with path.open("a", encoding="utf-8") as file:
        if not file.tell():
            file.write(json.dumps({"run": asdict(header)}, ensure_ascii=False) + "\n")
        for item in ask_all(ask, waiting, header.jobs):
            file.write(item.to_json() + "\n")
            file.flush()
            yield item


def asking(assistant: Assistant) -> Ask:
    """Asks an assistant as chat and terminal do, and takes the time."""
    return partial(_ask, assistant)


def ask_all(ask: Ask, questions: Sequence[EvalQuestion], jobs: int = 1) -> Iterator[Asked]:
    """Asks `jobs` questions at a time; outcomes come in the order of the questions.

    Models on this machine use all its cores for one question already; a chat model over the network
    leaves them idle.
    """
    if jobs == 1:
        yield from map(ask, questions)
        return
    with ThreadPoolExecutor(jobs) as pool:
        try:
            yield from pool.map(ask, questions)
        finally:  # whoever stops early does not wait for the rest
            pool.shutdown(cancel_futures=True)


def asked(question_id: str, outcome: Outcome, seconds: float) -> Asked:
    """What a run keeps of an outcome."""
    claims = outcome.claims if isinstance(outcome, Answer) else ()
    nearest = outcome.nearest if isinstance(outcome, Abstention) else ()
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
        nearest=tuple((near.document.id, near.span) for near in nearest),
    )


def _ask(assistant: Assistant, question: EvalQuestion) -> Asked:
    started = time.perf_counter()
    history = tuple(Turn(turn.speaker, turn.text) for turn in question.history)
    outcome = assistant.ask(Question(question.question, history))
    return asked(question.id, outcome, time.perf_counter() - started)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "from source"
