"""Runs as the page takes them, and the verdict on each of their questions."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from evals.judging import Judged
from evals.run_file import RunHeader
from evals.score import Table


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run held against its questions.

    Attributes:
        name: what the page calls it, such as the name of its file.
        header: what was asked with what.
        judged: one per question.
        tables: scores by type of question, and overall as `evals.score.OVERALL`.
    """

    name: str
    header: RunHeader
    judged: tuple[Judged, ...]
    tables: Mapping[str, Table]


class Verdict(StrEnum):
    """What became of a question."""

    RIGHT = "right"
    RIGHTLY_ABSTAINED = "rightly abstained"
    WRONG = "wrong"
    WRONGLY_REFUSED = "wrongly refused"
    UNANSWERABLE = "answered what cannot be answered"
    NOT_JUDGED = "answered, without gold to judge by"

    @property
    def is_good(self) -> bool:
        """Whether that was the right thing to do."""
        return self in (Verdict.RIGHT, Verdict.RIGHTLY_ABSTAINED)

    @property
    def is_bad(self) -> bool:
        """Whether something else would have been right."""
        return self in (Verdict.WRONG, Verdict.WRONGLY_REFUSED, Verdict.UNANSWERABLE)


def verdict(item: Judged) -> Verdict:
    """The verdict on one question; an answer is right if its first citation is a gold sentence."""
    if not item.question.answerable:
        return Verdict.RIGHTLY_ABSTAINED if item.abstained else Verdict.UNANSWERABLE
    if item.abstained:
        return Verdict.WRONGLY_REFUSED
    if item.right is None:
        return Verdict.NOT_JUDGED
    return Verdict.RIGHT if item.right else Verdict.WRONG


def verdict_counts(judged: Iterable[Judged]) -> Counter[Verdict]:
    """How many questions there are of each verdict."""
    return Counter(verdict(item) for item in judged)
