"""Follow-up questions made to stand alone by a chat model, held to what was said."""

import re
import time
from contextlib import closing

from qa.chat_model import ChatModel, Count
from qa.conversation import MAX_CHARACTERS, REMEMBERED, Standalone, standalone_query
from qa.errors import GeneratorFailed
from qa.prompts import standalone_messages
from qa.questions import Question
from qa.wording import has_words, specifics

PATIENCE = 15.0  # seconds; the rules have an answer at once


class ModelRewriter:
    """Asks a chat model, and takes the rules' question where the model's loses or invents a name or a number.

    Args:
        chat: the model.
    """

    def __init__(self, chat: ChatModel) -> None:
        self._chat = chat

    def standalone(self, question: Question) -> Standalone:
        """See `qa.conversation.Rewriter.standalone`."""
        by_rule = standalone_query(question)
        if not question.history:
            return Standalone(by_rule)
        try:
            rewrite = self._asked(question)
        except GeneratorFailed as error:
            return Standalone(by_rule, f"by rule: {error}")
        wrong = fault_of(rewrite, question, by_rule)
        return (
            Standalone(by_rule, f"by rule: the model's rewrite {wrong}")
            if wrong
            else Standalone(rewrite, "by the chat model")
        )

    def _asked(self, question: Question) -> str:
        messages = standalone_messages(question.text, question.history[-REMEMBERED:])
        rewrite = ""
        with closing(self._chat.stream(messages, None, time.monotonic() + PATIENCE, Count())) as reply:
            for piece in reply:
                rewrite += piece
                if len(rewrite) > MAX_CHARACTERS:
                    break
        return rewrite.strip().strip('"“”').strip()


def fault_of(rewrite: str, question: Question, by_rule: str) -> str:
    """What is wrong with a rewrite of a follow-up question; "" if nothing is.

    Args:
        rewrite: the model's.
        question: with its history, which names and numbers may come from.
        by_rule: the rules' rewrite, whose words may be used, too.
    """
    if not has_words(rewrite) or "\n" in rewrite or len(rewrite) > MAX_CHARACTERS:
        return "is not one question"
    if not rewrite.endswith("?") or rewrite.count('"') % 2:
        return "is not a question"
    asked = _words(question.text)
    if _words(rewrite) <= asked and not _words(by_rule) <= asked:
        return "says no more than the question itself"
    said = _words(" ".join([question.text, by_rule, *(turn.text for turn in question.history)]))
    if invented := sorted(specifics(rewrite) - said - _words(rewrite[: rewrite.find(" ")])):
        return f"names {', '.join(invented)}, which nobody mentioned"
    if lost := sorted(specifics(_uncapitalised(question.text)) - _words(rewrite)):
        return f"loses {', '.join(lost)}"
    return ""


def _words(text: str) -> frozenset[str]:
    """Words and numbers, in the spelling that `qa.wording.specifics` compares by."""
    return frozenset(re.findall(r"\d+(?:[.,]\d+)*|\w[\w-]*", text.casefold()))


def _uncapitalised(text: str) -> str:
    """The text with its first word, which has a capital in any case, in lower case."""
    first, _, rest = text.strip().partition(" ")
    return f"{first.lower()} {rest}"
