"""Stops: places where a sentence could end, and what stands around them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_STOP = re.compile(
    r"""
    (?P<mark> \.(?:[ ]\.)+ | [.!?…‽؟।॥]+ | [。！？｡]+ )
    (?P<close>
        [.!?…"'”’»›)\]}」』】）〉》]*
        (?:“(?=\s|$))?                                      # „German closing“
        (?:\s(?:''|”|»)(?=\s|$))*                           # tokenised and French closing
        (?:(?<=\s[.!?]\s)["](?=\s|$)|(?<=\s[.!?])\s["](?=\s|$))?   # tokenised plain quote
    )
    (?P<notes>
        (?: \[\w{1,3}\] | [¹²³⁰-⁹]+ | [*†‡]+(?=\s|$)
          | (?<=[^\W\d_]{3}\.)\d{1,2}(?=\s+["“‘(]?[^\W\d_]|\s*$)   # a flattened superscript
          | \s?[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]+
        )*
    )
    (?P<gap> \s* )
    """,
    re.VERBOSE,
)
_WORD_BEFORE = re.compile(r"[^\s(\[{\"“”‘„«»/—–]+(?=\s?$)")
_NEXT_WORD = re.compile(r"[\"“”‘’'„«»`(\[{¿¡#*—–-]*(\w[\w'’.-]*)?")
_QUOTES = frozenset("\"'”’»“")
_LOOK_BACK = 48  # no abbreviation is longer
LOOK_AHEAD = 64


class Stop(NamedTuple):
    """A place where a sentence could end.

    Attributes:
        start: where the terminal mark begins.
        end: after the closing quotes, brackets and note marks; a cut would fall here.
        resumes: where the next visible character stands.
        mark: the terminal mark itself, such as `.` or `?!`.
        close: closing quotes and brackets.
        before: the word before the mark.
        is_spaced: whether white space stands before the mark, as in tokenised text.
        after: the text that follows, up to 64 characters.
        word: first word of `after`, without opening quotes and brackets; may be empty.
    """

    start: int
    end: int
    resumes: int
    mark: str
    close: str
    before: str
    is_spaced: bool
    after: str
    word: str

    @property
    def is_glued(self) -> bool:
        """Whether the next word follows without white space."""
        return self.end == self.resumes

    @property
    def closes_quotation(self) -> bool:
        """Whether a quotation ends here."""
        return not _QUOTES.isdisjoint(self.close)


def find_stops(text: str) -> Iterator[Stop]:
    """The stops of `text` in order, but the one that ends it."""
    for match in _STOP.finditer(text):
        if match.end() < len(text):
            yield _stop(text, match)


def _stop(text: str, match: re.Match[str]) -> Stop:
    start, resumes = match.start(), match.end()
    before = _WORD_BEFORE.search(text[max(0, start - _LOOK_BACK) : start])
    after = text[resumes : resumes + LOOK_AHEAD]
    word = _NEXT_WORD.match(after)
    return Stop(
        start=start,
        end=match.start("gap"),
        resumes=resumes,
        mark=match["mark"],
        close=match["close"],
        before=before.group() if before else "",
        is_spaced=text[start - 1 : start].isspace(),
        after=after,
        word=(word and word[1]) or "",
    )
