"""Question files: JSON Lines with gold answers, gold sentences and relevant documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.errors import BadQuestions


class GoldSentence(BaseModel):
    """A sentence that answers: document id and an exact quote of its text."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    document: str
    quote: str


class EarlierTurn(BaseModel):
    """A message said before the question; `speaker` is "user" or "assistant"."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    speaker: Literal["user", "assistant"]
    text: str


class EvalQuestion(BaseModel):
    """One judged question.

    Attributes:
        answers: texts, any of which will do.
        evidence: alternative sets of gold sentences.
        relevant: ids of relevant documents.
        wrong_answers: texts an answer must not hold.
        type: kind of question, for tables.
        history: what was said before, oldest first.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    question: str
    answerable: bool
    answers: tuple[str, ...] = ()
    evidence: tuple[tuple[GoldSentence, ...], ...] = ()
    relevant: tuple[str, ...] = ()
    type: str = ""
    wrong_answers: tuple[str, ...] = ()
    history: tuple[EarlierTurn, ...] = ()


def read_questions(path: Path) -> Iterator[EvalQuestion]:
    r"""Questions of a file, one a line, lines ending at `\n` only.

    Raises:
        BadQuestions: naming the line that cannot be read.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield EvalQuestion.model_validate_json(line)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise BadQuestions(f"{path}:{number}: {problem['loc']}: {problem['msg']}") from error
