"""Disagreement: documents that give different values for the same thing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from ingest.documents import Span
from qa.answers import Claim, Disagreement
from qa.dates import Date
from qa.drafts import Shown
from qa.quantities import Quantity
from qa.values import Name, Value, agree, find_values, read_value
from qa.wording import content_words, flatten, names, overlap

# Texts without short answers speak of one thing when they share this much of the shorter one's words.
SAME_SUBJECT = 0.5
# Chosen on development questions, see docs/decisions/0013-disagreement.md: what another document's sentence
# may lack against the best one, in logits; how certain both short answers must be; and the part of the
# question's words that a sentence must hold to give another name, for names stand everywhere.
NEAR = 4.0
CERTAIN = 0.3
ABOUT = 0.5

# A question opens with what it asks for, or comes to it after a few words: "In which year", "And when".
_ASKS = (
    (re.compile(r"\b(?:when|(?:what|which) (?:\w+ )?(?:year|date|day|month|decade|century))\b"), (Date,)),
    (
        re.compile(
            r"\bhow (?:many|much|long|far|tall|high|old|large|big|deep|wide|heavy|fast|often)\b"
            r"|\b(?:what|which) (?:is |was |are |were )?(?:the )?(?:\w+ ){0,2}?(?:percentage|proportion|share"
            r"|number|amount|population|length|height|area|distance|cost|price|speed|size|age|elevation)\b"
        ),
        (Quantity,),
    ),
    (re.compile(r"\b(?:who|whom|whose|where)\b"), (Name,)),
    (re.compile(r"\b(?:what|which)\b"), (Quantity, Date, Name)),
)
_YES_OR_NO = re.compile(
    r"^(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might)\b"
)


@dataclass(frozen=True, slots=True)
class Side:
    """A text on one line, and where in it the short answer is, if that is known."""

    text: str
    answer: Span | None = None


def find_disagreements(claims: Sequence[Claim]) -> tuple[Disagreement, ...]:
    """Pairs of claims from different documents whose values for the same thing differ."""
    found = []
    for (first, one), (second, other) in combinations(enumerate(claims), 2):
        apart = one.citations[0].document.version != other.citations[0].document.version
        sides = (Side(one.text, one.highlight), Side(other.text, other.highlight))
        if apart and (differing := differing_values(*sides)):
            found.append(Disagreement((first, second), differing))
    return tuple(found)


def contradicting(question: str, best: Shown, others: Sequence[Shown]) -> list[Shown]:
    """Sentences of other documents, as good as the best one or nearly, that give another value than it.

    One for each value, and none unless the question asks for one value of a kind that they give.
    """
    kinds = _kinds_asked_for(question)
    if not _gives(best, kinds, question):
        return []
    sides = [best]
    for shown in others:
        near = shown.score >= best.score - NEAR and _gives(shown, kinds, question)
        if near and all(_differ(shown, side) for side in sides):
            sides.append(shown)
    return sides[1:]


def differing_values(one: Side, other: Side) -> tuple[str, str] | None:
    """The values that differ between two texts, in their words; None where it is not clear that they do.

    By their short answers, where both have one: two answers of one kind that cannot be the same, neither of
    which stands in the other's text, too. Without, by the only figure of a kind in texts about one thing.
    """
    one, other = (Side(" ".join(side.text.split()), side.answer) for side in (one, other))
    if one.answer and other.answer:
        return _differing_answers(
            one.answer.cut(one.text), one.text, other.answer.cut(other.text), other.text
        )
    return _differing_figures(one.text, other.text)


def _differing_answers(one: str, text: str, other: str, other_text: str) -> tuple[str, str] | None:
    value, other_value = read_value(one), read_value(other)
    if value is None or other_value is None or agree(value, other_value) is not False:
        return None
    told = _tells(text, other_value) or _tells(other_text, value)
    return None if told else (one, other)


def _tells(text: str, value: Value) -> bool:
    """Whether a value stands somewhere in a text, too."""
    if isinstance(value, Name):
        return set(value.words) <= set(re.findall(r"\w+", text.casefold()))
    return any(agree(found, value) for found, _ in find_values(text))


def _differing_figures(one: str, other: str) -> tuple[str, str] | None:
    """Cautious: the texts must share most words, and all names of the one that has fewer."""
    if overlap(content_words(one), content_words(other)) < SAME_SUBJECT:
        return None
    fewer, more = sorted((names(one), names(other)), key=len)
    if not fewer <= more:
        return None
    here, there = _figures(one), _figures(other)
    for kind in sorted(here.keys() & there.keys()):
        (value, span), (other_value, other_span) = here[kind], there[kind]
        if agree(value, other_value) is False:
            return span.cut(one), other_span.cut(other)
    return None


def _figures(text: str) -> dict[str, tuple[Value, Span]]:
    """The dates, sums and measures of which the text has one only, by their kind."""
    found: dict[str, list[tuple[Value, Span]]] = {}
    for value, span in find_values(text):
        found.setdefault("date" if isinstance(value, Date) else value.dimension, []).append((value, span))
    return {kind: held[0] for kind, held in found.items() if len(held) == 1 and kind}


def _differ(one: Shown, other: Shown) -> bool:
    apart = one.document.version != other.document.version
    return apart and differing_values(_side(one), _side(other)) is not None


def _side(shown: Shown) -> Side:
    return Side(flatten(shown.sentence.text), shown.reading.answer)


def _gives(shown: Shown, kinds: tuple[type, ...], question: str) -> bool:
    """Whether a sentence's short answer is certain, and a value of one of the kinds."""
    text, answer = flatten(shown.sentence.text), shown.reading.answer
    if answer is None or shown.reading.certainty < CERTAIN:
        return False
    value = read_value(answer.cut(text))
    return isinstance(value, kinds) and (not isinstance(value, Name) or _is_about(question, shown))


def _is_about(question: str, shown: Shown) -> bool:
    asked = content_words(question)
    held = content_words(f"{shown.document.title} {shown.sentence.text}")
    return len(asked & held) >= ABOUT * len(asked)


def _kinds_asked_for(question: str) -> tuple[type, ...]:
    """The kinds of value that a question asks for one of; none for a yes or no."""
    asked = question.casefold().strip()
    if _YES_OR_NO.search(asked):
        return ()
    return next((kinds for pattern, kinds in _ASKS if pattern.search(asked)), ())
