"""Where sentences end inside a run of prose.

A *stop* is a place where a sentence could end: terminal punctuation with the quotes, brackets and
note marks that belong to it. Every cut falls right after a stop, so no cut can fall inside a word,
whatever a library proposes. For each stop our rules say yes, no, or nothing; then the library decides.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from ingest.sentences.rules import rule_in_small_letters, rule_on
from ingest.sentences.stops import Stop, find_stops

_ENUMERATOR = re.compile(r"\s*\(?(?:\d{1,3}|[A-Za-z]|[ivxlcIVXLC]{1,5}|\d{1,2}(?:\.\d{1,3})+)[.)]\s*$")
_LONGEST_ENUMERATOR = 16
_BRACKETED = re.compile(r"\([^()]{1,400}\)|\[[^\[\]]{1,400}\]")
_OPENS_SENTENCE = re.compile(r"(?:^|[.!?…][\"'”’)\]]*)\s*$")


class Segmenter(Protocol):
    """Proposes where sentences end; consulted, never trusted."""

    def boundaries(self, text: str) -> Sequence[int]:
        """Offsets into `text`, in code points, at which a sentence ends or the next begins."""
        ...


def find_cuts(text: str, segmenter: Segmenter) -> list[int]:
    """Where to cut `text`: ascending, each right after a stop and before the end of `text`."""
    judge = _Judge(text, segmenter)
    brackets = _brackets(text)
    cuts: list[int] = []
    for stop in find_stops(text):
        begin = cuts[-1] if cuts else 0
        if not _holds(brackets, stop) and not _only_counts(text, begin, stop) and judge.ends_here(stop):
            cuts.append(stop.end)
    return cuts


class _Judge:
    """Decides on the stops of one text; asks the library at most once, and only if it must."""

    def __init__(self, text: str, segmenter: Segmenter) -> None:
        self._text = text
        self._segmenter = segmenter
        self._is_small = text == text.lower()

    @cached_property
    def _proposals(self) -> list[int]:
        return sorted(set(self._segmenter.boundaries(self._text)))

    def ends_here(self, stop: Stop) -> bool:
        verdict = rule_in_small_letters(stop) if self._is_small else None
        if verdict is None:
            verdict = rule_on(stop)
        return self._is_proposed(stop) if verdict is None else verdict

    def _is_proposed(self, stop: Stop) -> bool:
        """Whether the library ends a sentence between the mark and the next visible character."""
        index = bisect_right(self._proposals, stop.start)
        return index < len(self._proposals) and self._proposals[index] <= stop.resumes


def _only_counts(text: str, begin: int, stop: Stop) -> bool:
    """Whether the sentence so far is nothing but `1.` or `(a)`."""
    return stop.end - begin < _LONGEST_ENUMERATOR and bool(_ENUMERATOR.match(text[begin : stop.end]))


def _brackets(text: str) -> list[tuple[int, int]]:
    """Bracketed asides inside a sentence; a bracket around whole sentences is no aside."""
    return [
        match.span()
        for match in _BRACKETED.finditer(text)
        if not _OPENS_SENTENCE.search(text[max(0, match.start() - 8) : match.start()])
    ]


def _holds(brackets: Sequence[tuple[int, int]], stop: Stop) -> bool:
    """Whether `stop` lies within an aside that goes on after it."""
    index = bisect_right(brackets, (stop.start, 0)) - 1
    return index >= 0 and stop.end < brackets[index][1]
