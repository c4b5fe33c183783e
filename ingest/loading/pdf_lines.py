"""The lines of a PDF page, with how high they stand and how large they are set."""

import math
from dataclasses import dataclass

from pypdf import PageObject

from ingest.documents import normalise_text
from ingest.loading.content import one_line

# Typographic ligatures are one character in many PDFs; nobody types them into a question.
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page.

    Attributes:
        text: without outer white space, never empty.
        height: of its baseline above the page's lower edge, in points.
        size: of its type, in points; 0 if not known.
    """

    text: str
    height: float
    size: float


def page_lines(page: PageObject) -> list[Line]:
    """The lines of a page in the order in which they were set.

    Raises:
        Exception: whatever pypdf raises on damaged content; its caller translates it.
    """
    lines: list[Line] = []
    pieces: list[str] = []
    place: list[float] = []

    def finish() -> None:
        text = one_line(normalise_text("".join(pieces)).translate(_LIGATURES))
        if text:
            lines.append(Line(text, *place))
        pieces.clear()
        place.clear()

    def visit(text: str, outer: list[float], inner: list[float], _font: object, size: float) -> None:
        # pypdf reports text in pieces whose concatenation is the page; `inner` and `outer` are the text and
        # page matrices [a b c d e f] of ISO 32000-1, 9.4.4.
        for number, part in enumerate(text.split("\n")):
            if number:
                finish()
            if part.strip() and not place:
                place[:] = _placed(outer, inner, size)
            pieces.append(part)

    page.extract_text(visitor_text=visit)
    finish()
    return lines


def _placed(outer: list[float], inner: list[float], size: float) -> tuple[float, float]:
    """Height of a baseline and size of its type, both in points on the page."""
    height = inner[4] * outer[1] + inner[5] * outer[3] + outer[5]
    scale = math.hypot(inner[2], inner[3]) * math.hypot(outer[2], outer[3])
    return round(height, 1), round(abs(size) * scale, 1)
