"""Handles in what a model wrote: ``Japan pledged $550 billion. [S1, S3]`` is a statement that points at two.

Tolerant of brackets, ranges and lists, and linear in the length of the text.
"""

import re
from collections.abc import Iterator

from qa.drafts import Statement
from qa.wording import flatten, has_words

MOST_HANDLES = 100  # of one statement; a range such as S1-S9999 is not gone through
_BRACKETED = re.compile(r"\s?[\[(【]([^\[\]()【】\n]{1,200})[\])】]")
_HANDLE = re.compile(r"(S)?\s?(\d{1,4})", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*[,;&]\s*|\s+and\s+|\s+(?=S\s?\d)", re.IGNORECASE)
_RANGE = re.compile(r"S?(\d{1,4})\s?[-–—]\s?S?(\d{1,4})", re.IGNORECASE)
_MARKS = re.compile(r"\*\*|__|^#{1,6}\s|^>\s|`")


def plain_statements(line: str) -> Iterator[Statement]:
    """The statements of one line: handles stand behind each of them, or before each."""
    groups = [match for match in _BRACKETED.finditer(line) if handles_in(match.group(1))]
    ends = [0, *(match.end() for match in groups)]
    starts = [*(match.start() for match in groups), len(line)]
    texts = [line[end:start] for end, start in zip(ends, starts, strict=True)]
    handles = [handles_in(match.group(1)) for match in groups]
    if groups and not has_words(texts[0]) and has_words(texts[-1]):
        yield from _led(texts[1:], handles)
    else:
        yield from _followed(texts, [*handles, []])


def _led(texts: list[str], handles: list[list[str]]) -> Iterator[Statement]:
    """Statements that come after their handles."""
    pointed: list[str] = []
    for text, before in zip(texts, handles, strict=True):
        pointed += before
        if has_words(text):
            yield statement_of(text, pointed)
            pointed = []


def _followed(texts: list[str], handles: list[list[str]]) -> Iterator[Statement]:
    """Statements that come before their handles; one goes on behind them unless what follows begins anew."""
    told, pointed = list[str](), list[str]()
    for text, behind in zip(texts, handles, strict=True):
        rest = text
        if pointed and _begins_anew(text):
            ending, rest = _ending(text)
            yield statement_of("".join([*told, ending]), pointed)
            told, pointed = [], []
        told.append(rest)
        pointed.extend(behind)
    if any(map(has_words, told)):
        yield statement_of("".join(told), pointed)


def _begins_anew(text: str) -> bool:
    """Whether what follows handles is another sentence rather than the rest of this one."""
    following = re.search(r"\w", text)
    return following is not None and (text[following.start()].isupper() or text.lstrip()[:1] in ".!?")


def _ending(text: str) -> tuple[str, str]:
    """The punctuation that still belongs to the sentence before, and the rest."""
    stripped = text.lstrip()
    rest = stripped.lstrip(".!?”\"'")
    return stripped[: len(stripped) - len(rest)], rest


def statement_of(text: object, handles: object) -> Statement:
    """A statement as a draft holds it: handles that stand in its text are taken out and counted in.

    Raises:
        TypeError: if the text is no text or the handles are no list.
    """
    if not isinstance(text, str):
        raise TypeError("a statement's text must be a string")
    given = [handles] if isinstance(handles, str | int) else handles
    if not isinstance(given, list):
        raise TypeError("handles must be a list")
    within: list[str] = []

    def taken(match: re.Match[str]) -> str:
        pointed = handles_in(match.group(1))
        within.extend(pointed)
        return "" if pointed else match.group()

    clean = flatten(_MARKS.sub("", _BRACKETED.sub(taken, text)))
    named = [handle for item in given for handle in _named(item)]
    return Statement(clean, tuple(dict.fromkeys([*named, *within]))[:MOST_HANDLES])


def _named(item: object) -> list[str]:
    """What a member of a list of handles names; what is no handle stays as it is, for grounding to refuse."""
    if isinstance(item, int) and not isinstance(item, bool):
        return [f"S{item}"]
    text = str(item).strip(" []()【】")
    return handles_in(text) or [text]


def handles_in(text: str) -> list[str]:
    """The handles a text consists of; none if it holds anything else, or does not begin with an S."""
    if not re.match(r"\s*S\s?\d", text, re.IGNORECASE):
        return []
    found: list[str] = []
    for word in _SEPARATOR.split(text.strip()):
        if several := _RANGE.fullmatch(word):
            first, last = map(int, several.groups())
            found += [f"S{number}" for number in range(first, min(last, first + MOST_HANDLES) + 1)]
        elif one := _HANDLE.fullmatch(word):
            found.append(f"S{int(one.group(2))}")
        else:
            return []
    return found
