"""Plain text: stored whole; a title and a few facts are read off its first lines."""

import re

from ingest.documents import Span, normalise_text
from ingest.loading.content import Content, parse_day
from ingest.loading.decoding import decode

_FACT = re.compile(
    r"(Title|Published|Published on|Date|Source|Publisher|Author|By)[ \t]*:[ \t]*(\S.*?)\s*", re.I
)
_FACT_LINES = 8
_MAX_TITLE = 120
_SENTENCE_ENDS = (".", "!", "?", ":", ";", ",", "…")


def read(data: bytes) -> Content:
    """Read plain text.

    The title is a `Title:` line among the first lines, or else the first line if it looks like a title: at
    most 120 characters, no sentence end, and a blank line or a fact such as `Published: 2025-10-28` after
    it. Facts stay in the text: what is stored is the whole file.

    Raises:
        UnreadableDocument: if it is binary or in an unknown encoding.
    """
    text = normalise_text(decode(data))
    facts = _facts(text)
    span = _title_span(text)
    return Content(
        text=text,
        title=facts.get("title") or (span.cut(text) if span else ""),
        source=facts.get("source") or facts.get("publisher") or facts.get("author") or facts.get("by") or "",
        published=parse_day(facts.get("published") or facts.get("published on") or facts.get("date") or ""),
        headings=(span,) if span else (),
    )


def _facts(text: str) -> dict[str, str]:
    """Facts in the first lines, keyed by their lower-case name; the first of a name counts."""
    facts: dict[str, str] = {}
    for line in text.lstrip()[:4096].split("\n")[:_FACT_LINES]:
        if fact := _FACT.fullmatch(line.strip()):
            facts.setdefault(fact[1].lower(), fact[2])
    return facts


def _title_span(text: str) -> Span | None:
    start = len(text) - len(text.lstrip())
    first, newline, rest = text[start : start + 2048].partition("\n")
    title, second = first.rstrip(), rest.split("\n", 1)[0].strip()
    if not newline or not 0 < len(title) <= _MAX_TITLE or title.endswith(_SENTENCE_ENDS):
        return None
    if _FACT.fullmatch(title) or (second and not _FACT.fullmatch(second)):
        return None
    return Span(start, start + len(title))
