"""`pincite eval`: running question sets, scoring runs, and taking in public sets."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import track

from api.settings import load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import note, print_json, print_lines
from evals.formats import import_set
from evals.questions import read_questions
from evals.run import read_run, run_questions
from evals.score import Table, gold_places, judge, tables
from ingest.assembly import open_store
from qa.assembly import open_assistant


def run(index: Path | None, questions_file: Path, out: Path) -> int:
    """Asks every question of a file that the run file does not hold yet.

    Raises:
        EvalError: if the questions or the run file cannot be used.
        IngestError: if the index cannot be used.
        QaError: if answering failed.
    """
    settings = load_settings({"index": index})
    questions = list(read_questions(questions_file))
    assistant = open_assistant(settings)
    with assistant.store.reading() as live:
        for question in questions:
            gold_places(
                live, question
            )  # a question about other documents is refused before anything is asked
    asked = run_questions(assistant, questions, out)
    errors = Console(stderr=True)
    done = sum(
        1
        for _ in track(
            asked, total=len(questions), description="asking", console=errors, disable=not errors.is_terminal
        )
    )
    note(f"asked {done} of {len(questions)} questions; the run is in {out}")
    return ANSWERED


def score_run(index: Path | None, run_file: Path, questions_file: Path, *, json: bool) -> int:
    """Holds a run against its questions.

    Raises:
        EvalError: if the questions or the run file cannot be used.
        IngestError: if the index cannot be used.
    """
    settings = load_settings({"index": index})
    _, asked = read_run(run_file)
    with open_store(settings.index).reading() as live:
        found = tables(judge(live, asked, list(read_questions(questions_file))))
    if json:
        print_json({name: dict(table) for name, table in found.items()})
    else:
        print_lines(_lines(found))
    return ANSWERED


def _lines(found: Mapping[str, Table]) -> Iterator[str]:
    """A block per type of question: each measure, and over how many questions."""
    for name, table in found.items():
        yield name
        for measure, (value, n) in table.items():
            yield f"  {measure:22} {'–' if value is None else f'{value:.3f}':>6}  n={n}"


def take_in(form: str, path: Path, out: Path) -> int:
    """Turns a public question set into a corpus to ingest and questions to ask.

    Raises:
        EvalError: if the files are not of that form.
    """
    taken = import_set(path, form)
    taken.write(out)
    note(f"wrote {len(taken.documents)} documents and {len(taken.questions)} questions to {out}")
    return ANSWERED
