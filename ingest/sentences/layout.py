"""What blank lines and line structure say, before anybody looks at words.

A document is a sequence of runs. Each run is one heading, one table row, or a stretch of prose
(a paragraph, a list item) in which sentences still have to be found.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from ingest.documents import Document
from ingest.sentences.headings import is_byline, is_heading_above, is_heading_alone, is_underline


class Kind(Enum):
    """What a run is: only prose is cut further."""

    HEADING = "heading"
    ROW = "row"
    PROSE = "prose"


class Run(NamedTuple):
    """A half-open range `[start, end)` of a document's text, and what stands there."""

    start: int
    end: int
    kind: Kind


class Line(NamedTuple):
    """One line that is not blank: where its visible text stands, and that text."""

    start: int
    end: int
    text: str


Block = list[Line]

_LINE = re.compile(r"[^\n]*[^\s][^\n]*")
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_SYMBOL_ITEM = re.compile(r"[-*•‣▪▫◦●○∙·–—+]\s+\S")
_COUNTED_ITEM = re.compile(r"(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)]|\d{1,2}(?:\.\d{1,3}){1,3}\.?)\s+\S")
_ENDS_A_THOUGHT = re.compile(r"[.:;!?…。！？][\"'”’)\]]*$|[;,] (?:and|or)$")
_SEMICOLON_END = re.compile(r";(?: (?:and|or))?$")
_CELLS = re.compile(r"\S\t+\S|^\|.*\|$|\S \| \S")
_FIELD = re.compile(r"[A-Z][\w-]*(?: [\w-]+){0,2}:\s+\S")
_RULE = re.compile(r"[\s|:+=-]*-{2,}[\s|:+=-]*$")
_TERMINAL = re.compile(r"[.!?:…。！？][\"'”’)\]]*$")
_LABEL_WIDTH = 60  # lines of a hard-wrapped paragraph are wider
_LABEL_WORDS = 6


def lay_out(document: Document) -> Iterator[Run]:
    """Runs of `document`, ascending and apart; everything outside them is white space."""
    position = 0
    for heading in document.headings:
        yield from _between_headings(document, position, heading.start)
        yield Run(heading.start, heading.end, Kind.HEADING)
        position = heading.end
    yield from _between_headings(document, position, len(document.text))


def _between_headings(document: Document, start: int, end: int) -> Iterator[Run]:
    guess = not document.headings
    blocks = _blocks(document, start, end)
    for number, block in enumerate(blocks):
        followed = number + 1 < len(blocks)
        yield from _runs(block, guess, followed)


def _blocks(document: Document, start: int, end: int) -> list[Block]:
    """Lines between blank lines; a sentence that goes on after a page break keeps its block."""
    lines = [_line(match) for match in _LINE.finditer(document.text, start, end)]
    if not lines:
        return []
    blocks = [[lines[0]]]
    for before, line in pairwise(lines):
        apart = _BLANK_LINE.search(document.text, before.end, line.start)
        if apart and not (_turns_page(document, before, line) and _goes_on(before, line)):
            blocks.append([line])
        else:
            blocks[-1].append(line)
    return blocks


def _line(match: re.Match[str]) -> Line:
    raw = match.group()
    text = raw.strip()
    start = match.start() + len(raw) - len(raw.lstrip())
    return Line(start, start + len(text), text)


def _turns_page(document: Document, before: Line, line: Line) -> bool:
    pages = document.page_starts
    return bisect_right(pages, before.start) < bisect_right(pages, line.start)


def _goes_on(before: Line, line: Line) -> bool:
    return line.text[0].islower() and not _TERMINAL.search(before.text)


def _runs(block: Block, guess_headings: bool, followed: bool) -> Iterator[Run]:
    """One block → its runs. `followed`: whether another block comes after it."""
    if guess_headings and followed and is_heading_alone([line.text for line in block]):
        yield Run(block[0].start, block[-1].end, Kind.HEADING)
        return
    if len(block) == 1:
        yield Run(block[0].start, block[0].end, Kind.PROSE)
        return
    kinds = _kinds(block, guess_headings)
    first = 0
    for number in range(1, len(block) + 1):
        if number == len(block) or kinds[number] is not None:
            yield Run(block[first].start, block[number - 1].end, kinds[first] or Kind.PROSE)
            first = number


def _kinds(block: Block, guess_headings: bool) -> list[Kind | None]:
    """For each line the kind of the run it opens; None where it goes on with the line before."""
    kinds: list[Kind | None] = [None] * len(block)
    kinds[0] = Kind.PROSE
    _mark_labels(block, kinds)
    _mark_items(block, kinds)
    _mark_semicolon_items(block, kinds)
    _mark_rows(block, kinds)
    if guess_headings:
        _mark_headings(block, kinds)
    return kinds


def _mark_labels(block: Block, kinds: list[Kind | None]) -> None:
    """Lines that stand for themselves: addresses, bylines, `Published: 4 May` above `Source: Wire`."""
    if all(_is_label(line.text) for line in block):
        kinds[:] = [Kind.PROSE] * len(block)
    elif is_byline(block[0].text):
        kinds[1] = Kind.PROSE
    fields = [number for number, line in enumerate(block) if _FIELD.match(line.text)]
    if len(fields) > 1:
        for number in fields:
            kinds[number] = Kind.PROSE


def _is_label(text: str) -> bool:
    opens = text[0].isupper() or text[0].isdigit()
    return opens and text[-1].isalnum() and len(text) < _LABEL_WIDTH and len(text.split()) <= _LABEL_WORDS


def _mark_items(block: Block, kinds: list[Kind | None]) -> None:
    """Bullets and numbers open a list item, unless prose merely happens to wrap before one."""
    marked = [number for number, line in enumerate(block) if _is_item(line.text)]
    in_list = len(marked) > 1
    for number in marked:
        if number == 0 or in_list or _ENDS_A_THOUGHT.search(block[number - 1].text):
            kinds[number] = Kind.PROSE
            in_list = True


def _is_item(text: str) -> bool:
    return bool(_SYMBOL_ITEM.match(text) or _COUNTED_ITEM.match(text))


def _mark_semicolon_items(block: Block, kinds: list[Kind | None]) -> None:
    """After a line that ends in a colon, lines that end in semicolons are items of a list."""
    lead = next((n for n, line in enumerate(block) if line.text.endswith(":")), None)
    if lead is None:
        return
    ends = [n for n in range(lead + 1, len(block)) if _SEMICOLON_END.search(block[n].text)]
    if len(ends) >= 2:
        for number in (lead, *ends):
            if number + 1 < len(block):
                kinds[number + 1] = Kind.PROSE


def _mark_rows(block: Block, kinds: list[Kind | None]) -> None:
    """Two neighbouring lines of cells are a table; a rule of dashes belongs to the row above it."""
    cells = [bool(_CELLS.search(line.text)) for line in block]
    for number, line in enumerate(block):
        near = cells[max(0, number - 1) : number + 2]
        if not cells[number] or sum(near) < 2:
            continue
        if number and _RULE.match(line.text):
            kinds[number] = None
            continue
        kinds[number] = Kind.ROW
        if number + 1 < len(block) and not cells[number + 1]:
            kinds[number + 1] = Kind.PROSE


def _mark_headings(block: Block, kinds: list[Kind | None]) -> None:
    """A heading directly above its text, at the start of a block or after a finished sentence."""
    texts = [line.text for line in block]
    width = max(map(len, texts))
    for number in range(len(block) - 1):
        line, below = texts[number], texts[number + 1]
        opens = number == 0 or _opens_anew(texts, number)
        if opens and kinds[number + 1] is None and is_heading_above(line, below, width):
            kinds[number] = Kind.HEADING
            after = number + 2 if is_underline(below) else number + 1
            if after < len(block):
                kinds[after] = kinds[after] or Kind.PROSE


def _opens_anew(texts: Sequence[str], number: int) -> bool:
    return bool(_TERMINAL.search(texts[number - 1])) and not texts[number - 1].endswith(":")
