"""Disagreement: documents that give different figures for the same thing."""

import re
from collections.abc import Sequence
from itertools import combinations

from qa.answers import Claim, Disagreement
from qa.wording import content_words, flatten, names, overlap

# Two sentences speak of the same thing when they share this much of the shorter one's words.
SAME_SUBJECT = 0.5

# Per cent, money, years; and what is written behind a figure so that "80 percent" and "80%" are one.
_KINDS = (
    (re.compile(r"\d+(?:\.\d+)?(?= ?(?:%|per ?cent))", re.IGNORECASE), "%"),
    (re.compile(r"[$€£¥] ?\d[\d,.]*\d?(?: (?:trillion|billion|million|thousand))?", re.IGNORECASE), ""),
    (re.compile(r"\b(?:19|20)\d\d\b"), ""),
)


def find_disagreements(claims: Sequence[Claim]) -> tuple[Disagreement, ...]:
    """Pairs of claims from different documents whose figures for the same thing differ."""
    found = []
    for (first, one), (second, other) in combinations(enumerate(claims), 2):
        apart = one.citations[0].document.version != other.citations[0].document.version
        if apart and (figures := differing_figures(one.text, other.text)):
            found.append(Disagreement((first, second), figures))
    return tuple(found)


def differing_figures(one: str, other: str) -> tuple[str, str] | None:
    """The figures of one kind (per cent, money, years) that differ between two texts about one thing.

    Cautious: the texts must share most words and all names of the one that has fewer, each must
    give exactly one figure of that kind, and these must differ.
    """
    one, other = flatten(one), flatten(other)  # a figure may be wrapped over two lines
    if overlap(content_words(one), content_words(other)) < SAME_SUBJECT:
        return None
    fewer, more = sorted((names(one), names(other)), key=len)
    if not fewer <= more:
        return None
    for pattern, unit in _KINDS:
        here, there = set(pattern.findall(one)), set(pattern.findall(other))
        if len(here) == len(there) == 1 and here != there:
            return here.pop() + unit, there.pop() + unit
    return None
