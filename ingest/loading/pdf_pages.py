"""Pages of lines to one text: furniture dropped, paragraphs and headings told by how they are set."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ingest.documents import Span
from ingest.loading.content import one_line
from ingest.loading.pdf_hyphens import join_hyphens
from ingest.loading.pdf_lines import Line

_EDGE_LINES = 3
_MIN_REPEATS = 3
_LONE_NUMBER = re.compile(r"\W*(?:page|seite|p\.)?\s*\d+\s*(?:(?:/|of|von)\s*\d+)?\W*", re.I)
_OUTER_NUMBER = re.compile(r"^\d+\b|\b\d+$")
_MAX_HEADING = 160
_HEADING_RATIO = 1.12  # 12 pt over 10.5 pt is a heading, 11 pt over 10.5 pt is rounding
_GAP_RATIO = 1.3  # lines set further apart than this times the usual distance end a paragraph
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")

type Paragraph = list[Line]


def join_pages(pages: Sequence[Sequence[Line]]) -> tuple[str, tuple[Span, ...], tuple[int, ...]]:
    r"""Join the pages of a document.

    Lines stay apart by `\n`, paragraphs by a blank line. A paragraph that goes on over a page's end is not cut:
    those pages are joined by one `\n`.

    Returns:
        The text, the spans of headings, and where each page begins: the offset of its first character, or of the
        next page's if it is empty.
    """
    body = _body_size(pages)
    cleared = _without_furniture(pages, body)
    words = Counter(word for page in cleared for line in page for word in line.text.split())
    text, headings, starts = "", [], []
    previous: Paragraph = []
    pieces: list[str] = []
    length = 0
    for page in cleared:
        paragraphs = _paragraphs(page)
        first_of_page = True
        for paragraph in paragraphs:
            gap = _gap(previous, paragraph, body, turns=first_of_page)
            piece = join_hyphens([line.text for line in paragraph], words)
            if first_of_page:
                starts.append(length + len(gap))
            pieces += (gap, piece)
            length += len(gap) + len(piece)
            if _is_heading(paragraph, body):
                headings.append(Span(length - len(piece), length))
            previous, first_of_page = paragraph, False
        if first_of_page:
            starts.append(length)
    text = "".join(pieces)
    return text, tuple(headings), tuple(starts)
