"""Generating: evidence becomes a draft. The offline generator drafts the sentences themselves."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from ingest.documents import Span
from qa.confidence import confidence_of
from qa.disagreement import contradicting
from qa.drafts import NO_DRAFTING, Evidence, Shown, Statement, Statements
from qa.parts import parts_of
from qa.wording import content_words, flatten, is_list_item, overlap, specifics

# Certainty from which a short answer is pointed at, see docs/reader.md.
POINTED = 0.3
# Sentences that share this much of the shorter one's words say the same.
SAME = 0.65
# What a further sentence of a several-part answer may lack, see docs/decisions/0009-confidence.md: against
# the best sentence in logits, and in confidence of its own.
MARGIN = 4.0
FURTHER = 0.3
# Where the short answer is less certain than this, the question wants more than a word, and sentences of the
# same document that come near the best one explain it, see docs/decisions/0017-what-is-said.md.
PLAIN = 0.5
NEAR = 3.0
EXPLANATION = 3  # sentences

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

    def draft(self, question: str, evidence: Evidence) -> Statements:
        """Statements with handles of `evidence`, as they come; none if the evidence does not answer."""


class ExtractiveGenerator:
    """Drafts the best sentences of the evidence, word for word, for every part of the question.

    One for a plain fact, its short answer pointed at, with any that gives another value for it, newest
    document first. Several where the question asks for a list or an account, or where no few words of the
    best sentence are the answer: that sentence, then the others in their documents' order. A sentence that
    introduces a list is followed by its items. None repeats another, and the same text in another document
    is cited there, too. A part with no sentence at `floor` has none; with no part answered it declines.

    Args:
        most: sentences in a draft at most.
        floor: confidence (0–1) the best sentence must have.
    """

    fingerprint = "extractive-3"

    def __init__(self, most: int, floor: float) -> None:
        self._most = most
        self._floor = floor

    def draft(self, question: str, evidence: Evidence) -> Statements:
        """See `Generator.draft`."""
        asked = parts_of(question)
        answered = [
            (asked[number], part) for number, part in evidence.parts() if self._is_answered(part.shown[0])
        ]
        share = max(1, self._most // max(1, len(answered)))
        statements = [
            _statement(shown, evidence, highlight)
            for question, part in answered
            for shown, highlight in self._chosen(question, part, evidence, share)
        ]
        yield from {statement.text: statement for statement in statements}.values()
        return NO_DRAFTING

    def _is_answered(self, best: Shown) -> bool:
        return confidence_of(best.score) >= self._floor

    def _chosen(
        self, question: str, part: Evidence, evidence: Evidence, most: int
    ) -> list[tuple[Shown, Span | None]]:
        """What answers one part of the question, with the short answers to be pointed at."""
        best, *others = part.shown
        if asks_for_several(question):
            pointed, chosen = [], _in_order([best, *_several(best, others)][:most])
        elif sides := self._contradicting(question, best, others):
            pointed = chosen = _newest_first([best, *sides][:most])
        else:
            further = _explaining(best, others) if best.reading.certainty < PLAIN else []
            pointed, chosen = [best], _in_order([best, *further][:most])
        return [
            (shown, _short_answer(shown) if shown in pointed else None)
            for shown in _with_items(chosen, evidence)[:most]
        ]

    def _contradicting(self, question: str, best: Shown, others: Sequence[Shown]) -> list[Shown]:
        return contradicting(
            question, best, [shown for shown in others if confidence_of(shown.score) >= self._floor]
        )


def _several(best: Shown, others: Sequence[Shown]) -> list[Shown]:
    """The further sentences of a list or an account."""
    return _without_repeats(
        best,
        (
            shown
            for shown in others
            if shown.score >= best.score - MARGIN and confidence_of(shown.score) >= FURTHER
        ),
    )


def _explaining(best: Shown, others: Sequence[Shown]) -> list[Shown]:
    """Sentences of the same document that answer nearly as well."""
    near = (
        shown
        for shown in others
        if shown.score >= best.score - NEAR
        and shown.document.version == best.document.version
        and _is_told(shown)
    )
    return _without_repeats(best, near)[: EXPLANATION - 1]


def _is_told(shown: Shown) -> bool:
    """Whether it is a sentence of running text rather than a row of a table or an item of a list."""
    text = shown.sentence.text
    return text.rstrip("”’\"')]").endswith((".", "!")) and not is_list_item(text)


def _without_repeats(best: Shown, others: Iterable[Shown]) -> list[Shown]:
    chosen = [best]
    for shown in others:
        if not any(_same(shown, other) for other in chosen):
            chosen.append(shown)
    return chosen[1:]


def _in_order(chosen: Sequence[Shown]) -> list[Shown]:
    """The sentence that answers best, then the others as they stand in their documents."""
    best, *others = chosen
    documents = [shown.document.id for shown in chosen]
    return [
        best,
        *sorted(others, key=lambda shown: (documents.index(shown.document.id), shown.sentence.ordinal)),
    ]


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
