"""Conversation: what can be asked, and how a follow-up question is searched for."""

from dataclasses import dataclass, replace
from typing import Protocol

from qa.antecedents import Context
from qa.errors import BadQuestion
from qa.follow_ups import stand_alone
from qa.questions import Question
from qa.wording import has_words

MAX_CHARACTERS = 4_000
REMEMBERED = 20  # messages that a follow-up may go back to


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be understood alone, and who made it so where there was a choice."""

    query: str
    remark: str = ""


class Rewriter(Protocol):
    """Makes follow-up questions stand alone."""

    def standalone(self, question: Question) -> Standalone:
        """The question with what it takes from earlier turns put into it."""


class RuleRewriter:
    """Goes by rules; see docs/decisions/0014-chat-service.md."""

    def standalone(self, question: Question) -> Standalone:
        """See `Rewriter.standalone`."""
        return Standalone(standalone_query(question))


def check_question(question: Question) -> None:
    """Refuses what cannot be asked.

    Raises:
        BadQuestion: if the text is empty or holds no letter or digit, or is too long.
    """
    if not has_words(question.text):
        raise BadQuestion("the question is empty: ask something in words")
    if len(question.text) > MAX_CHARACTERS:
        raise BadQuestion(
            f"the question has {len(question.text):,} characters, {MAX_CHARACTERS:,} are the most: shorten it"
        )


def standalone_query(question: Question) -> str:
    """The question as it can be understood alone: what it takes from earlier turns is put into it."""
    context: Context | None = None
    for turn in question.history[-REMEMBERED:]:
        if not has_words(turn.text):
            continue
        if turn.speaker == "user":
            context = _asked(turn.text[:MAX_CHARACTERS], context)
        elif context is not None:
            context = replace(context, answered=turn.text[:MAX_CHARACTERS])
    return question.text if context is None else stand_alone(question.text, context)[0]


def _asked(text: str, before: Context | None) -> Context:
    """The context after a question, itself made to stand alone."""
    if before is None:
        return Context(text)
    query, focus = stand_alone(text, before)
    return Context(query, focus=focus, earlier=(before.answered, before.asked, *before.earlier))
