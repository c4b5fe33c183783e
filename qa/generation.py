"""Generating: evidence becomes a draft. The offline generator drafts the sentences themselves."""

import re
from typing import Protocol

from qa.answers import Draft, Evidence, Shown, Statement
from qa.confidence import confidence_of
from qa.disagreement import differing_figures
from qa.wording import content_words, flatten, overlap

# Sentences that share this much of the shorter one's words say the same.
SAME = 0.8
# How much worse than the best, as a logit, a further sentence of a several-part answer may be.
MARGIN = 4.0

_MANY_THINGS = (
    "companies|firms|partners|countries|nations|projects|sectors|investments|steps|measures|reasons|items"
    "|topics|events|places|leaders|people|agreements|commitments|quotes|facts|effects|goals|products|deals"
    "|minerals|causes|benefits|risks|terms|points|areas|groups|documents|sources"
)
_SEVERAL = re.compile(
    r"\b(?:list|name (?:the|all|some|two|three|four|five)|what happened|summari[sz]e|describe|outline|explain"
    r"|compare|differ(?:s|ent|ence|ences)?|disagree\w*|overview|tell me about|why"
    r"|how (?:do|does|did|will|would|is|are|was|were|can|could|has|have)"
    r"|what (?:are|were|else)|who (?:are|were|all)"
    r"|what (?:do|does|did|will|would) .+ (?:say|do|agree|sign|include|contain|cover|promise|commit|announce"
    r"|plan|involve|mean|report)"
    rf"|(?:which|what) (?:\w+ ){{0,2}}?(?:{_MANY_THINGS}))\b",
    re.IGNORECASE,
)


class Generator(Protocol):
    """Proposes statements that point at evidence."""

    @property
    def fingerprint(self) -> str:
        """Names the generator, its model and prompt."""

    def draft(self, question: str, evidence: Evidence) -> Draft:
        """Statements with handles of `evidence`; none if the evidence does not answer."""


class ExtractiveGenerator:
    """Drafts the best sentences of the evidence, word for word.

    One for a plain fact, with any that gives another figure for it; several, up to `most`, where
    the question asks for a list or an account. None repeats another, none is below `floor`.
    """

    fingerprint = "extractive-1"

    def __init__(self, most: int, floor: float) -> None:
        self._most = most
        self._floor = floor

    def draft(self, question: str, evidence: Evidence) -> Draft:
        """See `Generator.draft`."""
        standing = [shown for shown in evidence if confidence_of(shown.score) >= self._floor]
        if not standing:
            return Draft()
        several = asks_for_several(question)
        chosen = self._several(standing) if several else self._single(standing)
        return Draft(tuple(Statement(flatten(shown.sentence.text), (shown.handle,)) for shown in chosen))

    def _several(self, standing: list[Shown]) -> list[Shown]:
        chosen: list[Shown] = []
        for shown in standing:
            near = shown.score >= standing[0].score - MARGIN
            if near and len(chosen) < self._most and not any(_same(shown, other) for other in chosen):
                chosen.append(shown)
        return chosen

    def _single(self, standing: list[Shown]) -> list[Shown]:
        best, *others = standing
        return [best, *(other for other in others if _contradicts(best, other))][: self._most]


def asks_for_several(question: str) -> bool:
    """Whether a question asks for a list, a reason or an account rather than for one fact."""
    return _SEVERAL.search(question) is not None


def _same(one: Shown, other: Shown) -> bool:
    return overlap(content_words(one.sentence.text), content_words(other.sentence.text)) >= SAME


def _contradicts(one: Shown, other: Shown) -> bool:
    apart = one.document.version != other.document.version
    return apart and differing_figures(one.sentence.text, other.sentence.text) is not None
