"""What every adapter hands over: the reader's text put together from blocks, with its marks."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ingest.documents import Span, normalise_text


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or code block.

    Attributes:
        text: as it shall be read; outer blank lines are taken off when blocks are joined.
        heading: whether it is a heading; those are put on one line.
        group: number of the list or table it is an item or row of: neighbours of one group stand on
            lines of their own, all other blocks apart by a blank line. 0 for other blocks.
    """

    text: str
    heading: bool = False
    group: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What an adapter found in a file; "" and None say that it found nothing.

    Attributes:
        text: the stored text, already normalised; empty if the file holds none.
        title, source: as the document names them.
        published: day of publication.
        headings: spans of `text`, ascending and disjoint.
        page_starts: offsets of the pages' first characters, for paged formats.
    """

    text: str
    title: str = ""
    source: str = ""
    published: dt.date | None = None
    headings: tuple[Span, ...] = ()
    page_starts: tuple[int, ...] = ()


def join_blocks(blocks: Iterable[Block]) -> tuple[str, tuple[Span, ...]]:
    """Join blocks into one normalised text.

    Returns:
        The text, and the spans of its headings. Blocks without visible text are left out.
    """
    pieces: list[str] = []
    headings: list[Span] = []
    length = 0
    last_group = 0
    for block in blocks:
        text = block_text(block)
        if not text:
            continue
        gap = "" if not pieces else "\n" if block.group and block.group == last_group else "\n\n"
        pieces += (gap, text)
        length += len(gap) + len(text)
        if block.heading:
            headings.append(Span(length - len(text), length))
        last_group = block.group
    return "".join(pieces), tuple(headings)


def block_text(block: Block) -> str:
    """The text of a block as it is stored: normalised; code keeps its indentation."""
    text = normalise_text(block.text.lstrip("\ufeff"))
    return one_line(text) if block.heading else text.strip("\n").rstrip() if text.strip() else ""


def one_line(text: str) -> str:
    """`text` with every run of white space turned into one space, as a browser shows it."""
    return " ".join(text.split())


def readable(stem: str) -> str:
    """A title made of a file name's stem: `annual_report-2025` reads `Annual report 2025`."""
    words = one_line(normalise_text(re.sub(r"[-_]+", " ", stem)))
    return words[:1].upper() + words[1:] or stem


_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?!\d)")
_LONG_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%Y/%m/%d", "%d.%m.%Y")


def parse_day(text: str) -> dt.date | None:
    """The day a date text names: ISO 8601 (any time of day is ignored) or `28 October 2025` and the like.

    Returns:
        None for anything else. `03/04/2025` is not read: two continents read it differently.
    """
    if iso := _ISO.match(text.strip()):
        try:
            return dt.date(int(iso[1]), int(iso[2]), int(iso[3]))
        except ValueError:
            return None
    plain = one_line(text.replace(",", " "))
    for format_ in _LONG_FORMATS:
        try:
            return dt.datetime.strptime(plain, format_).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    return None
