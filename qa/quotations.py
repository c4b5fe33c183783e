"""Quotations: what a statement puts between quotation marks, and whether a cited sentence says it so."""

import re
from collections.abc import Iterable

# Double marks; a single one opens where no letter is before it and no figure behind: "the '90s".
_MARKED = re.compile(r"(?<!\d)\"([^\"]+)(?:\"|$)|(?<!\w)'(?=[^\W\d])((?:[^\"']|(?<=\w)'(?=\w))+)'(?!\w)")
_LEFT_OUT = re.compile(r"\.{3,}|…|\[[^\]]*\]")
_WORD = re.compile(r"\w+(?:[.,:'/-]\w+)*|[$%€£¥]")


def missing_quotations(statement: str, quotes: Iterable[str]) -> list[str]:
    """The quotations, in their marks, whose words no quote holds in their order.

    Both are taken with plain signs (`qa.wording.plain_signs`).
    """
    told = [_spaced(quote) for quote in quotes]
    marked = {match[0]: match[1] or match[2] for match in _MARKED.finditer(statement)}
    parts = {said: list(filter(str.strip, map(_spaced, _LEFT_OUT.split(marked[said])))) for said in marked}
    return [said for said in parts if not any(_holds(quote, parts[said]) for quote in told)]


def _spaced(text: str) -> str:
    """Its words in lower case, a space on either side of each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _holds(quote: str, parts: Iterable[str]) -> bool:
    start = 0
    for part in parts:
        start = quote.find(part, start)
        if start < 0:
            return False
        start += len(part) - 1
    return True
