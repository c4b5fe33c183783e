"""`pincite ask`: one question, or a conversation at a prompt."""

import sys
from dataclasses import dataclass
from pathlib import Path

from api.conversion import answer_object
from api.errors import Misuse
from api.rendering import outcome_blocks, trace_blocks
from api.settings import load_settings
from api.terminal.exits import ABSTAINED, ANSWERED
from api.terminal.output import note, print_blocks, print_object
from ingest.documents import normalise_text
from ingest.errors import IngestError
from ingest.store import Filters
from qa.answers import Answer, Outcome
from qa.assembly import open_assistant
from qa.assistant import Assistant
from qa.errors import QaError
from qa.questions import Question, Turn

STDIN = "-"
PROMPT = "? "


def ask(index: Path | None, text: str | None, filters: Filters, *, trace: bool, json: bool) -> int:
    """Asks the question given, or one after the other at a prompt.

    Raises:
        BadQuestion: if the question cannot be asked.
        IngestError: if the index cannot be used.
        Misuse: without a question and without a terminal.
        QaError: if answering failed.
    """
    settings = load_settings({"index": index})
    if text is None and not sys.stdin.isatty():
        raise Misuse(
            'no question: give one, as in `pincite ask "Who signed?"`, or `-` to read standard input'
        )
    assistant = open_assistant(settings)
    printer = _Printer(trace=trace, json=json)
    if text is None:
        return _converse(assistant, filters, printer)
    outcome = assistant.ask(Question(_question_text(text), (), filters))
    printer.print(outcome)
    return ANSWERED if isinstance(outcome, Answer) else ABSTAINED


@dataclass(frozen=True, slots=True)
class _Printer:
    trace: bool
    json: bool

    def print(self, outcome: Outcome) -> None:
        if self.json:
            print_object(answer_object(outcome))
            return
        print_blocks([*outcome_blocks(outcome), *(trace_blocks(outcome.trace) if self.trace else [])])


def _question_text(text: str) -> str:
    """What was asked, in the form texts are stored in: a shell may pass on bytes that are no text."""
    return normalise_text(sys.stdin.read() if text == STDIN else text).strip()


def _converse(assistant: Assistant, filters: Filters, printer: _Printer) -> int:
    """Asks and answers until an empty line or the end of input."""
    history: tuple[Turn, ...] = ()
    while text := _next_question():
        try:
            outcome = assistant.ask(Question(text, history, filters))
        except (IngestError, QaError) as error:
            note(str(error))
            continue
        printer.print(outcome)
        said = outcome.text if isinstance(outcome, Answer) else ""
        history = (*history, Turn("user", text), Turn("assistant", said))
    return ANSWERED


def _next_question() -> str:
    """The next line typed; "" at the end."""
    _enable_line_editing()
    try:
        if sys.stdout.isatty():
            return normalise_text(input(PROMPT)).strip()
        sys.stderr.write(PROMPT)  # stdout carries answers and nothing else
        sys.stderr.flush()
        return normalise_text(sys.stdin.readline()).strip()
    except EOFError:
        sys.stderr.write("\n")
        return ""


def _enable_line_editing() -> None:
    try:
        import readline  # noqa: F401 - importing it is what gives `input` its line editing
    except ImportError:  # not on every platform
        return
