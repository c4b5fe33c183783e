"""Generating: evidence becomes a draft. The offline generator drafts the sentences themselves."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Protocol

from ingest.documents import Span
from qa.confidence import confidence_of
from qa.disagreement import contradicting
from qa.drafts import Draft, Evidence, Shown, Statement
from qa.wording import content_words, flatten, overlap, specifics

# Certainty from which a short answer is pointed at, see docs/reader.md.
POINTED = 0.3
# Sentences that share this much of the shorter one's words say the same.
SAME = 0.65
# What a further sentence of a several-part answer may lack, see docs/decisions/0009-confidence.md: against
# the best sentence in logits, and in confidence of its own.
MARGIN = 4.0
FURTHER = 0.3

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

    One for a plain fact, its short answer pointed at, with any that gives another value for it, newest
    document first; several, up to `most`, where
    the question asks for a list or an account. A sentence that introduces a list is followed by its
    items. None repeats another, and the same text in another document is cited there, too. With no
    sentence at `floor` it declines.

    Args:
        most: sentences in a draft at most.
        floor: confidence (0–1) the best sentence must have.
    """

    fingerprint = "extractive-3"

    def __init__(self, most: int, floor: float) -> None:
        self._most = most
        self._floor = floor

    def draft(self, question: str, evidence: Evidence) -> Draft:
        """See `Generator.draft`."""
        best = next(iter(evidence), None)
        if best is None or confidence_of(best.score) < self._floor:
            return Draft()
        if asks_for_several(question):
            chosen = _with_items([best, *self._several(best, evidence.shown[1:])], evidence)
            return Draft(tuple(_statement(shown, evidence) for shown in chosen[: self._most]))
        sides = _newest_first([best, *self._contradicting(question, best, evidence.shown[1:])])
        chosen = _with_items(sides, evidence)[: self._most]
        return Draft(tuple(_statement(shown, evidence, _short_answer(shown)) for shown in chosen))

    def _several(self, best: Shown, others: Sequence[Shown]) -> list[Shown]:
        chosen = [best]
        for shown in others:
            near = shown.score >= best.score - MARGIN and confidence_of(shown.score) >= FURTHER
            if near and not any(_same(shown, other) for other in chosen):
                chosen.append(shown)
        return chosen[1:]

    def _contradicting(self, question: str, best: Shown, others: Sequence[Shown]) -> list[Shown]:
        return contradicting(
            question, best, [shown for shown in others if confidence_of(shown.score) >= self._floor]
        )


def _statement(shown: Shown, evidence: Evidence, highlight: Span | None = None) -> Statement:
    """The sentence word for word, with every place where it stands."""
    text = flatten(shown.sentence.text)
    copies = [other.handle for other in evidence if flatten(other.sentence.text) == text]
    return Statement(text, tuple(dict.fromkeys((shown.handle, *copies))), highlight)


def _short_answer(shown: Shown) -> Span | None:
    return shown.reading.answer if shown.reading.certainty >= POINTED else None


def _newest_first(sides: Sequence[Shown]) -> list[Shown]:
    """By date of publication; those without one last, otherwise as they were."""
    return sorted(sides, key=lambda shown: shown.document.published or dt.date.min, reverse=True)


def _with_items(chosen: Sequence[Shown], evidence: Evidence) -> list[Shown]:
    """Every chosen list whole and in order: what introduces it answers nothing without its items."""
    lead_of = {handle: shown for shown in chosen for handle in shown.introduces}
    complete: dict[str, Shown] = {}
    for shown in chosen:
        lead = lead_of.get(shown.handle, shown)
        items = [item for handle in lead.introduces if (item := evidence.get(handle))]
        complete.update((each.handle, each) for each in (lead, *items))
    return list(complete.values())


def asks_for_several(question: str) -> bool:
    """Whether a question asks for a list, a reason or an account rather than for one fact."""
    return _SEVERAL.search(question) is not None


def _same(one: Shown, other: Shown) -> bool:
    """Whether the sentence with fewer names and numbers says nothing the other one does not."""
    texts = (flatten(one.sentence.text), flatten(other.sentence.text))
    fewer, more = sorted(map(specifics, texts), key=len)
    shared = overlap(*map(content_words, texts))
    return shared == 1.0 or (fewer <= more and shared >= SAME)
