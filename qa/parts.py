"""Parts: a question that asks for several things at once, taken apart into questions that ask for one."""

import re

from qa.conversation import standalone_query
from qa.questions import Question, Turn
from qa.wording import content_words

FEWEST_WORDS = 3  # of a part, one of them with content; with fewer ("and why?"), it asks nothing by itself
MOST_PARTS = 4

_ASKS = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
# After an auxiliary a question goes on with its subject: "and is she still alive", not "and is also known".
_ASKS_WHETHER = (
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should) "
    r"(?:(?-i:[A-Z])|(?:there|it|they|he|she|we|the|a|an|any|anybody|anyone|either|one|this|that|these|those|its|their"
    r"|his|her)\b)"
)
_PREPOSITION = r"(?:(?:in|on|at|by|from|for|with|under|of|to) )?"
_JOINT = re.compile(
    rf";\s|,?\s(?:and|but)\s(?={_PREPOSITION}{_ASKS}|{_ASKS_WHETHER})|,?\s(?:while|whereas)\s",
    re.IGNORECASE,
)
# What comes before the question: "I am writing on the visit and need a figure: how much …?"
_PREAMBLE = re.compile(rf"^[^?]*:\s+(?={_PREPOSITION}{_ASKS}[^?]*\?$)", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|there|this|that|these|those|ones?)\b", re.IGNORECASE
)
_CONDITION = re.compile(r"(?:if|when|while|after|before|since|although)\b", re.IGNORECASE)


def parts_of(question: str) -> tuple[str, ...]:
    """The things a question asks for, each as a question of its own; the question itself where it is one.

    "Where did Harvey originate and when did it become a hurricane?" asks for two; what the second leaves to
    the first, it takes from there (`standalone_query`).
    """
    line = _without_preamble(" ".join(question.split()))
    pieces = [piece.strip(" ,;") for piece in _JOINT.split(line)]
    if not all(map(_asks, pieces)) or not 1 < len(pieces) <= MOST_PARTS or _CONDITION.match(line):
        return (line,)
    first, *others = pieces
    before = (Turn("user", first),)
    return (
        first,
        *(
            standalone_query(Question(piece, before)) if _POINTS_BACK.search(piece) else piece
            for piece in others
        ),
    )


def _asks(piece: str) -> bool:
    return len(piece.split()) >= FEWEST_WORDS and bool(content_words(piece))


def _without_preamble(line: str) -> str:
    """The question alone, where it says by itself what it is about."""
    asked = _PREAMBLE.sub("", line)
    told = (Turn("user", line[: len(line) - len(asked)]),)
    return asked if standalone_query(Question(asked, told)) == asked else line
