"""Question files: JSON Lines with gold answers, gold sentences and relevant documents."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.errors import BadQuestions

Split = Literal["all", "development", "test"]


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
        wrong_answers: texts an answer must not hold; where they are given, if only as an empty list,
            all of `answers` are wanted.
        long_form: whether the answers are reference texts, which nobody repeats word for word.
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
    wrong_answers: tuple[str, ...] | None = None
    long_form: bool = False
    history: tuple[EarlierTurn, ...] = ()


def read_questions(path: Path) -> tuple[EvalQuestion, ...]:
    r"""Questions of a file, one a line, lines ending at `\n` only.

    Raises:
        BadQuestions: naming the line that cannot be read, or an id that occurs twice.
    """
    questions = tuple(_read_lines(path))
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise BadQuestions(
                f"{path}: the id {question.id!r} occurs twice; a run could not tell them apart"
            )
        seen.add(question.id)
    return questions


def is_development(question_id: str) -> bool:
    """Whether a question may be looked at when thresholds are chosen; the other 40 % are the test split.

    By its id alone, so that adding questions moves none.
    """
    digest = hashlib.sha256(question_id.encode()).digest()
    return int.from_bytes(digest, "big") % 10 < 6


def of_split(questions: Iterable[EvalQuestion], split: Split) -> tuple[EvalQuestion, ...]:
    """The questions of one split, or all."""
    return tuple(
        question
        for question in questions
        if split == "all" or is_development(question.id) == (split == "development")
    )


def _read_lines(path: Path) -> Iterator[EvalQuestion]:
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield EvalQuestion.model_validate_json(line)
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise BadQuestions(f"{path}:{number}: {problem['loc']}: {problem['msg']}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestions(f"cannot read the questions {path}: {error}") from error
