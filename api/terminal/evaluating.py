"""`pincite eval run` and `import`: asking question sets, and taking in public ones."""

from pathlib import Path

from rich.console import Console
from rich.progress import track

from api.settings import load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import note
from evals.formats import import_set
from evals.judging import gold_places
from evals.questions import read_questions
from evals.run import asking, header_of, run_questions
from qa.assembly import open_assistant


def run(index: Path | None, questions_file: Path, out: Path, jobs: int) -> int:
    """Asks every question of a file that the run file does not hold yet.

    Raises:
        EvalError: if the questions or the run file cannot be used.
        IngestError: if the index cannot be used.
        QaError: if answering failed.
    """
    settings = load_settings({"index": index})
    questions = read_questions(questions_file)
    assistant = open_assistant(settings)
    with assistant.store.reading() as live:
        for question in questions:  # one about other documents is refused before anything is asked
            gold_places(live, question)
    header = header_of(assistant, questions, questions_file, jobs)
    asked = run_questions(asking(assistant), header, questions, out)
    errors = Console(stderr=True)
    watched = track(
        asked, total=len(questions), description="asking", console=errors, disable=not errors.is_terminal
    )
    done = sum(1 for _ in watched)
    note(f"asked {done} of {len(questions)} questions; the run is in {out}")
    return ANSWERED


def take_in(form: str, path: Path, out: Path) -> int:
    """Turns a public question set into a corpus to ingest and questions to ask.

    Raises:
        EvalError: if the files are not of that form.
    """
    taken = import_set(path, form)
    taken.write(out)
    note(f"wrote {len(taken.documents)} documents and {len(taken.questions)} questions to {out}")
    return ANSWERED
