"""Contexts: marked sentences in a window of the text around them. Pure functions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.documents import Span

MARGIN = 240  # characters shown to either side


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of a document's text and what it is, such as "gold"."""

    span: Span
    label: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same marks.

    Attributes:
        text: as it stands in the document.
        labels: of its marks, in the order in which they were given; () for text that is context only.
    """

    text: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of a document: its text, and whether the document goes on before and after it."""

    pieces: tuple[Piece, ...]
    cut_before: bool
    cut_after: bool


def windows(
    text: str, around: Sequence[Span], marks: Sequence[Mark], margin: int = MARGIN
) -> tuple[Window, ...]:
    """The text around some spans, with every mark that falls into it, in the text's order.

    Windows end at word bounds, and those that meet become one.

    Args:
        text: a document's.
        around: what must be seen, whole; spans within the text.
        marks: what is marked where it is seen.
        margin: most characters of context to either side.
    """
    return tuple(
        Window(
            pieces=tuple(_pieces(text, span, marks)),
            cut_before=bool(text[: span.start].strip()),
            cut_after=bool(text[span.end :].strip()),
        )
        for span in _merged(text, [_widened(text, span, margin) for span in around])
    )


def _widened(text: str, span: Span, margin: int) -> Span:
    return Span(_start(text, span.start, margin), _end(text, span.end, margin))


def _start(text: str, start: int, margin: int) -> int:
    """Where the first whole word of the context before `start` begins.

    A word longer than the context is cut: not every language puts spaces between words.
    """
    least = max(0, start - margin)
    if least and not text[least - 1].isspace():
        least = next((place for place in range(least, start) if text[place].isspace()), least)
    return start - len(text[least:start].lstrip())


def _end(text: str, end: int, margin: int) -> int:
    """Where the last whole word of the context after `end` ends."""
    most = min(len(text), end + margin)
    if most < len(text) and not text[most].isspace():
        most = next((place for place in range(most, end, -1) if text[place - 1].isspace()), most)
    return end + len(text[end:most].rstrip())


def _merged(text: str, spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that overlap or have only white space between them made one."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and not text[merged[-1].end : span.start].strip():
            span = Span(merged[-1].start, max(merged.pop().end, span.end))
        merged.append(span)
    return merged


def _pieces(text: str, window: Span, marks: Sequence[Mark]) -> Iterator[Piece]:
    """The window cut wherever a mark begins or ends."""
    inside = [mark for mark in marks if mark.span.start < window.end and mark.span.end > window.start]
    edges = {edge for mark in inside for edge in (mark.span.start, mark.span.end)}
    cuts = sorted({window.start, window.end} | {edge for edge in edges if window.start < edge < window.end})
    for start, end in pairwise(cuts):
        over = [mark.label for mark in inside if mark.span.start <= start and end <= mark.span.end]
        yield Piece(text[start:end], tuple(dict.fromkeys(over)))
