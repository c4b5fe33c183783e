"""Markdown, rendered to what a reader sees: no marks, no addresses, lists and tables as lines."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.documents import normalise_text
from ingest.errors import UnreadableDocument
from ingest.loading.content import Block, Content, join_blocks, one_line
from ingest.loading.decoding import decode
from ingest.loading.front_matter import split_front_matter

_MAX_NESTING = 100  # as the library's own "js-default"; its "commonmark" stops at 20 and drops what is deeper
# Brackets that are open at once in one paragraph. What looks for their ends takes time by the square of their
# number: 30,000 took half a minute.
_MAX_OPEN_BRACKETS = 1_000
_BRACKETS = re.compile(r"[\[\]]|\n[ \t]*\n")
_LINE_BREAKS = frozenset({"<br>", "<br/>", "<br />"})
_SILENT_TAGS = ("<script", "<style")


def read(data: bytes) -> Content:
    """Read CommonMark with tables and strikethrough.

    The title is the front matter's, or else the first heading.

    Raises:
        UnreadableDocument: if it is binary or in an unknown encoding.
    """
    facts, body = split_front_matter(normalise_text(decode(data)))
    text, headings = join_blocks(render(body))
    return Content(
        text=text,
        title=facts.title or (headings[0].cut(text) if headings else ""),
        source=facts.source,
        published=facts.published,
        headings=headings,
    )


def render(markdown: str) -> Iterator[Block]:
    """The blocks of a Markdown text, in order.

    Raises:
        UnreadableDocument: if it is nested deeper than any reader would follow.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])
    if _open_brackets(markdown) > _MAX_OPEN_BRACKETS:
        parser.disable(["link", "image"])  # whatever that is, it is no text with links
    try:
        tokens = parser.parse(markdown)
    except RecursionError as error:
        raise UnreadableDocument("nested too deeply to be read as Markdown") from error
    walk = _Walk()
    for token in tokens:
        yield from walk.step(token)


def _open_brackets(markdown: str) -> int:
    """The most square brackets that are open at once, where a blank line closes all."""
    most = depth = 0
    for mark in _BRACKETS.findall(markdown):
        depth = depth + 1 if mark == "[" else max(0, depth - 1) if mark == "]" else 0
        most = max(most, depth)
    return most


@dataclass(slots=True)
class _Walk:
    """Where in the token stream we are: the lists we are inside, the row being filled."""

    numbers: list[int | None] = field(default_factory=list)  # next number of each open list; None for bullets
    mark: str = ""  # what stands before the next paragraph of a list item
    cells: list[str] = field(default_factory=list)
    group: int = 0  # number of the outermost list or table begun last
    container: str = ""  # the last opened block around an inline token

    def step(self, token: Token) -> Iterator[Block]:
        """Take one token in; yields the blocks it completes."""
        match token.type:
            case "inline":
                yield from self._inline(token)
            case "fence" | "code_block":
                yield Block(token.content)
            case "html_block":
                yield from _html_blocks(token.content)
            case "table_open":
                self.group += 1
            case "tr_close":
                yield Block(" | ".join(self.cells), group=self.group)
                self.cells = []
            case "heading_open" | "paragraph_open" | "td_open" | "th_open":
                self.container = token.type
            case _:
                self._list(token)

    def _list(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.group += not self.numbers
                ordered = token.type == "ordered_list_open"
                self.numbers.append(int(token.attrs.get("start", 1)) if ordered else None)
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
            case "list_item_open":
                self._open_item()
            case "list_item_close":
                self.mark = ""

    def _open_item(self) -> None:
        number = self.numbers[-1]
        self.mark = "  " * (len(self.numbers) - 1) + ("- " if number is None else f"{number}. ")
        if number is not None:
            self.numbers[-1] = number + 1

    def _inline(self, token: Token) -> Iterator[Block]:
        text = inline_text(token.children or ())
        if self.container in ("td_open", "th_open"):
            self.cells.append(one_line(text))
        elif self.container == "heading_open":
            yield Block(text, heading=True)
        elif text.strip():
            yield Block(self.mark + text.strip(), group=self.group if self.mark else 0)
            self.mark = ""


def inline_text(tokens: Sequence[Token]) -> str:
    """What is seen of inline tokens: link texts, images' alternative texts, code; wrapped lines joined."""
    return "".join(_inline_pieces(tokens))


def _inline_pieces(tokens: Iterable[Token]) -> Iterator[str]:
    silent = False
    for token in tokens:
        if token.type == "html_inline":
            tag = token.content.lower()
            silent = tag.startswith(_SILENT_TAGS) or (silent and not tag.startswith("</"))
            yield "\n" if tag in _LINE_BREAKS else ""
        elif silent:
            continue
        elif token.type == "image":
            yield inline_text(token.children or ())
        elif token.type in ("softbreak", "hardbreak"):
            yield " " if token.type == "softbreak" else "\n"
        else:
            yield token.content


def _html_blocks(html: str) -> Iterator[Block]:
    # lxml is loaded only for the few Markdown files that hold HTML.
    from ingest.loading.html_blocks import render_fragment

    yield from render_fragment(html)
