"""Laying out text for the terminal: blocks, wrapped to its width, with nothing in them that commands it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

# C0, DEL, C1, and marks that reorder what is shown: a document could write over our lines with them.
# The tags at the end are letters nobody sees, which a chat model reads if the text is pasted into one.
_CONTROLS = [
    *range(0x20),
    *range(0x7F, 0xA0),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *range(0xE0000, 0xE0080),
]
_REPLACED = dict.fromkeys(_CONTROLS, "�") | dict.fromkeys(map(ord, "\t\n\u2028\u2029"), " ")


@dataclass(frozen=True, slots=True)
class Block:
    """Styled text of one paragraph; its second and further lines are indented by `hang` more."""

    text: Text
    indent: int = 0
    hang: int = 0


BLANK = Block(Text())


def harmless(text: str) -> str:
    """The text, as long as before, with line ends as spaces and all other control characters replaced."""
    return text.translate(_REPLACED)


def one_line(text: str) -> str:
    """The text on one line, single-spaced."""
    return " ".join(text.split())


def block(*parts: str | tuple[str, str], indent: int = 0, hang: int = 0) -> Block:
    """A block of pieces, each plain or with a style."""
    return Block(Text.assemble(*parts), indent, hang)


def lay_out(blocks: Iterable[Block], console: Console) -> Iterator[Text]:
    """Lines to print: wrapped to the console's width if it is a terminal, else one for each block."""
    for shown in blocks:
        text = shown.text.copy()
        text.plain = harmless(text.plain)
        width = console.width - shown.indent - shown.hang
        fits = not console.is_terminal or width < 10  # narrower cannot be laid out
        lines = [text] if fits else text.wrap(console, width)
        for number, line in enumerate(lines):
            if len(lines) > 1:
                line.rstrip()
            line.pad_left(shown.indent + (shown.hang if number else 0))
            yield line
