"""What our rules say about a stop: True (cut), False (do not), None (ask the library).

The rules are tried in order and the first that has an opinion wins. They exist because every
library we measured gets some of these wrong; see `docs/decisions/0003-sentence-segmenter.md`.
"""

import re
from collections.abc import Callable

from ingest.sentences.stops import LOOK_AHEAD, Stop
from ingest.sentences.words import ENDERS, JOINTS, MONTHS, REFERENCES, REPORTING, STARTERS, TITLES

Rule = Callable[[Stop], bool | None]

_CJK = "。！？｡"
_GLUED_STOP = re.compile(r"[^\W\d_]{3,}$|\d{2,}$|[)\]%”\"]$")
_GLUED_NEXT = re.compile(r"[\"“‘(]?[A-Z](?:[a-z]+(?:['’][a-z]+)?)?[ ,;'’\n]")
_CODE_BEFORE = re.compile(r"[/@\\_=<>#~]|[^\W\d]\.\w|.[A-Z]")
_BRAND = re.compile(r"[a-z]{1,2}[A-Z]")
_REPORTED = re.compile(r"(?:[A-Z][\w'’.-]*\s+|[a-z]+\s+){1,4}?(?:" + "|".join(sorted(REPORTING)) + r")\b")
_SOURCE = re.compile(r"\([^()]*[^().!?]\)\s*")
_NUMERAL = re.compile(r"\(?(?:\d|[IVXLC]+\b|[A-Z]\b|§)")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]$")
_INITIAL = re.compile(r"(?:.*[-.'’])?[A-ZÀ-Þ]$")
_ORDINARY = re.compile(r"[^\W\d_]*[^\W\d_A-Z]{3,}$")
_LONG = re.compile(r"[^\W\d_A-Z]{4,}$|[^\W\d_]{6,}$")
_FIGURE = re.compile(r".*\d\w{0,2}[%°]?$")


def rule_on(stop: Stop) -> bool | None:
    """The first opinion of `RULES` about `stop`; None if they have none."""
    for rule in RULES:
        opinion = rule(stop)
        if opinion is not None:
            return opinion
    return None


def rule_in_small_letters(stop: Stop) -> bool | None:
    """For text without a single capital: after a plain word, any word begins a sentence."""
    word = stop.before
    if stop.is_glued or stop.mark not in ".?!" or not stop.word[:1].islower():
        return None
    return bool(_ORDINARY.fullmatch(word)) and word not in TITLES | JOINTS | REFERENCES | ENDERS


def full_width(stop: Stop) -> bool | None:
    """`。` needs no space after it; `「…。」と` goes on."""
    if stop.mark[0] not in _CJK:
        return None
    return not (stop.close and stop.after[0] in "とって、，")


def glued(stop: Stop) -> bool | None:
    """`initiatives.President Ortega` lacks a space; `Node.js` and `example.org` do not."""
    if not stop.is_glued:
        return None
    if _is_east_asian(stop.after[0]) and stop.mark in "?!":
        return True
    if not _GLUED_NEXT.match(stop.after) or _CODE_BEFORE.search(stop.before):
        return False
    if stop.before[:1].isupper() and not stop.close:
        return _starts(stop)  # `Monday.The`, but `System.Text`
    return bool(_GLUED_STOP.search(stop.before) or stop.close)


def goes_on(stop: Stop) -> bool | None:
    """A comma, a closing bracket or a small letter follows: `"Stop!" he shouted`, `Yahoo! rose`."""
    first = stop.after[0]
    if first in ",;:)]}”’»%&/|":
        return False
    if stop.word[:1].islower() and not _BRAND.match(stop.word):
        return False
    return None


def reported(stop: Stop) -> bool | None:
    """`"Are you coming?" Maria asked.` is one sentence."""
    return False if stop.closes_quotation and stop.mark != "." and _REPORTED.match(stop.after) else None


def attributed(stop: Stop) -> bool | None:
    """`… a betrayal.” (Nordic Wire)`: a source in brackets that ends the text belongs to its sentence."""
    return False if len(stop.after) < LOOK_AHEAD and _SOURCE.fullmatch(stop.after) else None


def asked_or_exclaimed(stop: Stop) -> bool | None:
    """Question and exclamation marks end sentences, but for names such as `Yahoo! Inc.`."""
    if stop.mark[-1] not in "!?؟।॥‽":
        return None
    return stop.word not in ("Inc.", "Corp.")


def ellipsis(stop: Stop) -> bool | None:
    """`waited... Then` ends; `costs ... Treasury` leaves something out and goes on."""
    if len(stop.mark) < 2 and stop.mark != "…":
        return None
    return _starts(stop) or not stop.is_spaced


def tokenised(stop: Stop) -> bool | None:
    """A stop with white space on both sides stands for itself: `in April . It`, but `Mr . Hale`."""
    return True if stop.is_spaced else None


def titled(stop: Stop) -> bool | None:
    """A name follows `Mr.`; what follows `e.g.` belongs to it."""
    word = stop.before.lower()
    joins = word in JOINTS and not _is_acronym(stop.before)
    return False if not stop.close and (word in TITLES or joins) else None


def numbered(stop: Stop) -> bool | None:
    """`No. 5` and `Fig. 3A` go on; `12. März` is a date."""
    if stop.close:
        return None
    if stop.before.lower() in REFERENCES and _NUMERAL.match(stop.after):
        return False
    if stop.before.isdigit() and len(stop.before) <= 2 and stop.word.lower() in MONTHS:
        return False
    return None


def may_end(stop: Stop) -> bool | None:
    """`in the U.S. The` ends, `the U.S. President` goes on; so with `Inc.`, `p.m.`, initials."""
    word = stop.before.lower()
    if word == "etc" or stop.closes_quotation:
        return True
    if word in ENDERS or _DOTTED.fullmatch(stop.before) or _INITIAL.fullmatch(stop.before):
        return _starts(stop)
    return None


def ordinary(stop: Stop) -> bool | None:
    """After a long word or a figure a capital begins a sentence; `Univ. Press` is for the library."""
    first = stop.word[:1]
    word = stop.before
    plain = _LONG.search(word) or _FIGURE.fullmatch(word) or stop.close or _is_acronym(word)
    return True if first and not first.isdigit() and (plain or _starts(stop)) else None


RULES: tuple[Rule, ...] = (
    full_width,
    glued,
    goes_on,
    reported,
    attributed,
    asked_or_exclaimed,
    ellipsis,
    titled,
    numbered,
    tokenised,
    may_end,
    ordinary,
)


def _starts(stop: Stop) -> bool:
    return stop.word.partition("'")[0].lower() in STARTERS and stop.word[:1].isupper()


def _is_acronym(word: str) -> bool:
    return len(word) > 2 and word.isupper() and word.isalpha()


def _is_east_asian(character: str) -> bool:
    return "\u3040" <= character <= "\u9fff"
