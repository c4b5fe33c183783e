"""Recognising headings in text that does not mark them.

Cautious on purpose: a heading states nothing and is never cited, so a sentence taken for one is
lost, while a heading taken for a sentence merely is dull.
"""

import re
from collections.abc import Sequence

from ingest.sentences.words import SMALL

_MAX_WORDS = 12
_MAX_LENGTH = 90
_MAX_PLAIN_WORDS = 5  # in sentence case, where a heading and a short statement look alike
_MIN_TEXT_BELOW = 40
_SLACK = 0.75  # a line is broken on purpose if the next word would have fitted into this share of the width

_MARKDOWN = re.compile(r"#{1,6}\s+\S|\*\*[^*]*[^*.!?:;,]\*\*$")
_UNDERLINE = re.compile(r"(?:={3,}|-{3,}|~{3,})$")
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[IVXLC]{1,5}\."
    r"|(?:Chapter|Part|Section|Appendix|Annex|Step) \w{1,5}[.:]?)\s+"
)
_ENDS_OPEN = re.compile(r"[.,;:!?…。！？、，][\"'”’)\]*]*$")
_NOT_A_HEADING = re.compile(
    r"[^\w\"“‘'¿¡«(]|\(?\w{1,3}\)|By [A-Z]|Page \d|Copyright\b|https?:|www\.|\S+@\S"
    r"|.*[=<>{}\\\[\]]"
    r"|.*(?:\t|\s\|\s|\|$)"
    r"|.*\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? (?:\d{1,2},? )?\d{4}"
)
_BYLINE = re.compile(r"By (?:[A-Z][\w.'’-]*|and|de|van|von|,)(?:,? (?:[A-Z][\w.'’-]*|and|de|van|von)){0,7}$")
_COLON = re.compile(r":\s")
_STATES = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|shall|should|do|does|did|be|been"
    r"|[a-z]{2,}ed|[a-z]+n['’]t)\b"
    r"|^(?:I|You|He|She|It|We|They|There|This|That|These|Those|Nobody|Everybody|Someone|Dear|Yours)\b"
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


def is_heading_alone(lines: Sequence[str]) -> bool:
    """Whether a block of these lines, followed by another block, is a heading."""
    if len(lines) == 2 and is_underline(lines[1]):
        return bool(_WORD.search(lines[0])) and len(lines[0]) <= _MAX_LENGTH
    return len(lines) == 1 and _names(lines[0])


def is_heading_above(line: str, below: str, width: int) -> bool:
    """Whether `line` is a heading that stands directly above its text.

    Args:
        line: the line in question, stripped.
        below: the next line of the same block, stripped.
        width: length of the longest line of the block, in characters.
    """
    if is_underline(below):
        return _names(line)
    broken_on_purpose = len(line) + 1 + len(below.split(maxsplit=1)[0]) <= _SLACK * width
    opens_text = len(below) >= _MIN_TEXT_BELOW and not below[0].islower()
    return broken_on_purpose and opens_text and _names(line)


def is_underline(line: str) -> bool:
    """Whether `line` is a row of `=`, `-` or `~` under a heading."""
    return bool(_UNDERLINE.match(line))


def is_byline(line: str) -> bool:
    """Whether `line` says who wrote what follows, and nothing else."""
    return bool(_BYLINE.match(line))


def _names(line: str) -> bool:
    """Whether `line` reads like the name of something rather than a statement."""
    if len(line) > _MAX_LENGTH or not _WORD.search(line):
        return False
    if _MARKDOWN.match(line):
        return True
    if _NOT_A_HEADING.match(line) or _ENDS_OPEN.search(line):
        return False
    number = _NUMBERED.match(line)
    name = line[number.end() :] if number else line
    return bool(name) and _is_name(name, numbered=bool(number))


def _is_name(name: str, numbered: bool) -> bool:
    words = _WORD.findall(name)
    if not words or len(words) > _MAX_WORDS or not words[0][0].isupper():
        return False
    if not numbered and _is_field(name):
        return False
    if _in_capitals(words) or _in_title_case(words):
        return True
    limit = _MAX_WORDS if numbered else _MAX_PLAIN_WORDS
    return len(words) <= limit and not _STATES.search(name)


def _is_field(name: str) -> bool:
    """`Author: Ada Brook` states something; `Storm Latest: Thousands Without Power` names it."""
    parts = _COLON.split(name, maxsplit=1)
    return len(parts) == 2 and len(parts[1].split()) < 3


def _in_capitals(words: Sequence[str]) -> bool:
    return all(word.isupper() for word in words) and sum(map(len, words)) > 2


def _in_title_case(words: Sequence[str]) -> bool:
    return all(word[0].isupper() or word in SMALL for word in words)
