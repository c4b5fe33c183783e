"""Words that were divided at a line's end, put together with care."""

import re
from collections.abc import Mapping, Sequence

_DIVIDED = re.compile(r"(?:^|(?<=[\s(\"'“‘/]))((?:[^\W_]+-)*)([^\W\d_]+)[-\u2010\u00ad]$")
_TAIL = re.compile(r"([^\W\d_]+)")
# First halves of compounds, which keep their hyphen where the document gives no example of either spelling.
_FIRST_HALVES = """
    all anti co cross eight ex far first five four full half high ill inter large long low mid multi nine non
    off one open part post pre pro quasi real risk second self semi seven short single six small so state sub
    ten third three twenty two under up user well year zero
"""
_COMPOUND = frozenset(_FIRST_HALVES.split())


def join_lines(lines: Sequence[str], words: Mapping[str, int]) -> str:
    r"""Join the lines of a paragraph by `\n`, and divided words without one.

    `invest-` and `ment` become `investment`; but `third-` and `country` become `third-country` if
    that spelling is the more frequent one in `words`, or if neither occurs and the first half is a usual
    first half of compounds. Before a capital or a digit the hyphen always stays (`COVID-19`).

    Args:
        lines: without line ends.
        words: the words of the document, as split at white space, with their counts.
    """
    joined = lines[0]
    for line in lines[1:]:
        joined = _join(joined, line, words)
    return joined


def _join(text: str, line: str, words: Mapping[str, int]) -> str:
    if text.endswith("\u00ad"):  # the soft hyphen says itself that it is none
        return text[:-1] + line
    divided = _DIVIDED.search(text.rsplit("\n", 1)[-1])
    if divided is None or not line[:1].isalnum():
        return f"{text}\n{line}"
    tail = _TAIL.match(line)
    keeps = tail is None or not line[0].islower() or _keeps_hyphen(divided[1], divided[2], tail[1], words)
    return (text[:-1] + "-" if keeps else text[:-1]) + line


def _keeps_hyphen(before: str, head: str, tail: str, words: Mapping[str, int]) -> bool:
    whole, compound = _count(f"{before}{head}{tail}", words), _count(f"{before}{head}-{tail}", words)
    if whole or compound:
        return compound > whole
    return head.lower() in _COMPOUND or len(head) == 1


def _count(word: str, words: Mapping[str, int]) -> int:
    return sum(words.get(f"{word}{end}", 0) for end in ("", ".", ",", ";", ":", ")"))
