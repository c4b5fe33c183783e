"""HTML elements to blocks: what a browser would show, line by line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from ingest.loading.content import Block, one_line

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
SILENT = frozenset(
    {"script", "style", "noscript", "template", "title", "svg", "iframe", "object", "canvas", "math"}
    | {"button", "select", "input", "textarea", "audio", "video", "map"}
)
_LISTS = frozenset({"ul", "ol", "menu"})
_CELLS = frozenset({"td", "th"})
_BLOCK_NAMES = """
    address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption
    figure footer form header hgroup hr html legend main nav ol p pre section summary table tbody tfoot
    thead tr ul li menu
"""
_BREAKING = HEADINGS | frozenset(_BLOCK_NAMES.split())
_PARAGRAPH_END = re.compile(r"\n\s*\n")
_LAYOUT = ".//table | .//ul | .//ol | .//p[2] | .//div[2] | " + " | ".join(
    f".//{name}" for name in sorted(HEADINGS)
)


def render_fragment(html: str) -> Iterator[Block]:
    """The blocks of a piece of HTML, e.g. from inside Markdown; none for a comment or an end tag alone."""
    try:
        # A mark of its own keeps the parser from failing on input without any element.
        root = lxml.html.document_fromstring(f"<html><body><div>{html}</div></body></html>")
    except (etree.LxmlError, ValueError):
        return
    prune_silent(root)
    yield from render_blocks(root)


def prune_silent(root: HtmlElement) -> None:
    """Remove, in place, what is never shown: scripts, styles, comments, controls."""
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    for element in list(root.iter(*SILENT)):
        if element is not root and element.getparent() is not None:
            element.drop_tree()


def render_blocks(root: HtmlElement) -> Iterator[Block]:
    """The blocks under `root`, in order. Walks without recursion: hostile pages nest without end."""
    walk = _Walk()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if isinstance(element.tag, str):
            yield from walk.enter(element) if event == "start" else walk.leave(element)
            if event == "end" and element is not root:
                walk.add(element.tail)
    yield from walk.flush()


@dataclass(slots=True)
class _Walk:
    """Where in the tree we are: text not yet put into a block, open lists, the row being filled."""

    pending: list[str] = field(default_factory=list)
    mark: str = ""  # what stands before the next block of a list item
    numbers: list[int | None] = field(default_factory=list)  # next number of each open list; None for bullets
    cells: list[str] | None = None  # of the row being filled; None outside rows of data
    verbatim: int = 0  # open `pre` elements
    group: int = 0  # number of the outermost list or table begun last

    def add(self, text: str | None) -> None:
        """Take running text in."""
        if text:
            # A soft hyphen says where a word may be divided; it is no part of the word.
            self.pending.append(text if self.verbatim else text.replace("\n", " ").replace("\u00ad", ""))

    def enter(self, element: HtmlElement) -> Iterator[Block]:
        """Come to an element's start tag."""
        tag = element.tag
        if self.cells is None and (tag in _BREAKING or tag in _CELLS):
            yield from self.flush()
        if tag == "br":
            self.pending.append("\n")
        elif tag in _LISTS:
            self.group += not self.numbers
            self.numbers.append(_first_number(element) if tag == "ol" else None)
        elif tag == "li" and self.cells is None:
            self._open_item()
        elif tag == "tr" and _holds_data(element):
            self.cells = []
        elif tag == "pre":
            self.verbatim += 1
        elif tag == "table":
            self.group += not self.numbers
        elif self.cells is not None and (tag in _BREAKING or tag in _CELLS):
            self.pending.append(" ")
        self.add(element.text)

    def leave(self, element: HtmlElement) -> Iterator[Block]:
        """Come to an element's end tag."""
        tag = element.tag
        if tag in _CELLS and self.cells is not None:
            self.cells.append(one_line("".join(self.pending)))
            self.pending = []
        elif tag == "tr" and self.cells is not None:
            yield Block(" | ".join(self.cells) if any(self.cells) else "", group=self.group)
            self.cells, self.pending = None, []
        elif self.cells is None and (tag in _BREAKING or tag in _CELLS):
            yield from self.flush(heading=tag in HEADINGS)
        if tag in _LISTS and self.numbers:
            self.numbers.pop()
        elif tag == "pre":
            self.verbatim -= 1

    def flush(self, *, heading: bool = False) -> Iterator[Block]:
        """Put what is pending into a block, or into several where empty lines part it."""
        text = "".join(self.pending)
        self.pending = []
        for part in [text] if self.verbatim else _PARAGRAPH_END.split(text):
            seen = part if self.verbatim else "\n".join(map(one_line, part.strip().split("\n")))
            if seen.strip():
                yield Block(self.mark + seen, heading=heading, group=self.group if self.mark else 0)
                self.mark = ""

    def _open_item(self) -> None:
        number = self.numbers[-1] if self.numbers else None
        self.mark = "  " * (len(self.numbers) - 1) + ("- " if number is None else f"{number}. ")
        if number is not None:
            self.numbers[-1] = number + 1


def _first_number(element: HtmlElement) -> int:
    start = (element.get("start") or "1").strip()
    return int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1


def _holds_data(row: HtmlElement) -> bool:
    """Whether a row is one of data; old pages lay whole articles out in table cells."""
    return not any(cell.xpath(_LAYOUT) for cell in row if cell.tag in _CELLS)
