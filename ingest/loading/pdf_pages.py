"""Pages of lines to one text: furniture dropped, paragraphs and headings told by how they are set."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ingest.documents import Span
from ingest.loading.pdf_hyphens import join_lines
from ingest.loading.pdf_lines import Line

_EDGE_LINES = 3
_MIN_REPEATS = 3
_LONE_NUMBER = re.compile(r"\W*(?:page|seite|p\.)?\s*(\d{1,6})\s*(?:(?:/|of|von)\s*\d{1,6})?\W*", re.I)
_OUTER_NUMBER = re.compile(r"^\d{1,6}\b|\b\d{1,6}$")
_MAX_HEADING = 160
_HEADING_RATIO = 1.12  # 12 pt over 10.5 pt is a heading, 11 pt over 10.5 pt is rounding
_GAP_RATIO = 1.3  # lines set further apart than this times the usual distance end a paragraph
_SAME_SIZE = 0.6  # points
_BULLET = re.compile(r"[•◦▪‣●○■□–] ")
_LEADERS = re.compile(r"(?:\. ?){4}")  # of a table of contents
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")

Paragraph = list[Line]


def join_pages(pages: Sequence[Sequence[Line]]) -> tuple[str, tuple[Span, ...], tuple[int, ...]]:
    r"""Join the pages of a document.

    Lines stay apart by `\n`, paragraphs by a blank line. A paragraph that goes on over a page's end is
    not cut: those pages are joined by one `\n`.

    Returns:
        The text, the spans of headings (put on one line each), and the offset at which each page begins:
        of its first character, or of the text's end so far for an empty page.
    """
    body = _body_size(pages)
    cleared = _without_furniture([_paragraphs(_rows_joined(page)) for page in pages], body)
    joiner = _Joiner(body, Counter(word for page in pages for line in page for word in line.text.split()))
    for page in cleared:
        joiner.add_page(page)
    return "".join(joiner.pieces), tuple(joiner.headings), tuple(joiner.starts)


@dataclass(slots=True)
class _Joiner:
    """The text so far, and what was marked in it."""

    body: float
    words: Counter[str]
    pieces: list[str] = field(default_factory=list)
    headings: list[Span] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    length: int = 0
    last: Paragraph | None = None

    def add_page(self, paragraphs: Sequence[Paragraph]) -> None:
        """Append a page, and note where it begins."""
        for number, paragraph in enumerate(paragraphs):
            goes_on = number == 0 and self._goes_on(paragraph)
            self._append("" if self.last is None else "\n" if goes_on else "\n\n")
            if number == 0:
                self.starts.append(self.length)
            self._append_paragraph(paragraph)
        if not paragraphs:
            self.starts.append(self.length)

    def _append(self, piece: str) -> None:
        self.pieces.append(piece)
        self.length += len(piece)

    def _append_paragraph(self, paragraph: Paragraph) -> None:
        text = join_lines([line.text for line in paragraph], self.words)
        start, heading = self.length, _is_heading(paragraph, self.body)
        self._append(text.replace("\n", " ") if heading else text)
        if heading:
            self.headings.append(Span(start, self.length))
        self.last = paragraph

    def _goes_on(self, paragraph: Paragraph) -> bool:
        if self.last is None or _is_heading(self.last, self.body) or _is_heading(paragraph, self.body):
            return False
        end, begin = self.last[-1], paragraph[0]
        return not _SENTENCE_END.search(end.text) and abs(end.size - begin.size) <= _SAME_SIZE


def _body_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size most characters of the document are set in; 0 if there are none."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text)
    return max(sizes, key=lambda size: sizes[size], default=0.0)


def _without_furniture(pages: Sequence[Sequence[Paragraph]], body: float) -> list[list[Paragraph]]:
    """Drop what comes back at the edge of three pages or more: running headers, footers, page numbers.

    Only whole paragraphs go: a line of the body that happens to come back is part of a longer one.
    """
    keyed = [_edge_keys(page, number, body) for number, page in enumerate(pages)]
    seen = Counter(key for keys in keyed for key in set().union(*keys.values()))

    def is_furniture(paragraph: Paragraph, keys: dict[Line, set[str]]) -> bool:
        return all(any(seen[key] >= _MIN_REPEATS for key in keys.get(line, ())) for line in paragraph)

    return [
        [paragraph for paragraph in page if not is_furniture(paragraph, keys)]
        for page, keys in zip(pages, keyed, strict=True)
    ]


def _edge_keys(page: Sequence[Paragraph], number: int, body: float) -> dict[Line, set[str]]:
    """What each of a page's first and last lines is compared by."""
    lines = [line for paragraph in page for line in paragraph]
    return {line: _keys(line, number, body) for line in lines[:_EDGE_LINES] + lines[-_EDGE_LINES:]}


def _keys(line: Line, number: int, body: float) -> set[str]:
    """A line's text, and the same with a number that runs along with the pages taken off."""
    if lone := _LONE_NUMBER.fullmatch(line.text):
        return {f"# {int(lone[1]) - number}"}
    if line.size >= body * _HEADING_RATIO:
        return {line.text}  # "Chapter 3" on the third page is a heading, not furniture
    return {line.text, _OUTER_NUMBER.sub(lambda found: f"# {int(found[0]) - number}", line.text)}


def _rows_joined(lines: Sequence[Line]) -> list[Line]:
    """Join what stands side by side (a table's cells) into one line."""
    joined: list[Line] = []
    for line in lines:
        if joined and joined[-1].height == line.height and joined[-1].size == line.size:
            joined[-1] = replace(line, text=f"{joined[-1].text} {line.text}")
        else:
            joined.append(line)
    return joined


def _paragraphs(lines: Sequence[Line]) -> list[Paragraph]:
    usual = _usual_gap(lines)
    found: list[Paragraph] = []
    for line in lines:
        if found and not _ends(found[-1][-1], line, usual):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _ends(line: Line, following: Line, usual: float) -> bool:
    """Whether a paragraph ends between two lines."""
    gap = line.height - following.height
    if abs(line.size - following.size) > _SAME_SIZE or gap > _GAP_RATIO * usual:
        return True
    if _BULLET.match(following.text):
        return True
    return gap < 0 and bool(_SENTENCE_END.search(line.text))  # on top of the next column


def _usual_gap(lines: Sequence[Line]) -> float:
    """The most frequent distance down to the next line; unbounded if there is none."""
    gaps = Counter(_gaps_down(lines))
    most = max(gaps.values(), default=0)
    return min((gap for gap, count in gaps.items() if count == most), default=float("inf"))


def _gaps_down(lines: Sequence[Line]) -> Iterator[float]:
    for line, following in pairwise(lines):
        if line.size == following.size and line.height > following.height:
            yield round(line.height - following.height)


def _is_heading(paragraph: Paragraph, body: float) -> bool:
    size = min(line.size for line in paragraph)
    length = sum(len(line.text) for line in paragraph)
    last = paragraph[-1].text
    plain = not last.endswith((".", ",", ";")) and not _LEADERS.search(last)
    return plain and length <= _MAX_HEADING and 0 < body * _HEADING_RATIO <= size
