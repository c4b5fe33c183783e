"""Values: a short answer read as a quantity, a date or a name, and whether two of a kind can be one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.documents import Span
from qa.dates import Date, dates_agree, find_dates
from qa.quantities import Quantity, find_quantities, quantities_agree
from qa.stopwords import STOP_WORDS
from qa.wording import blanked

# What goes before a name without being part of it.
_TITLE_WORDS = """
mr mrs ms miss dr prof professor sir dame lord lady saint st prime minister president vice secretary king
queen prince princess pope senator governor mayor general captain colonel chancellor chief judge justice
former late then director city town state republic island county river mount lake
"""
# Words that may be capitalised before a figure, as the first of a sentence or of a heading.
_LEADS = "around approximately roughly nearly almost early mid late since sometime circa born founded"
TITLES = frozenset(_TITLE_WORDS.split())
_BEFORE_FIGURES = STOP_WORDS | frozenset(_LEADS.split())
_LONGEST = 10  # words of a name
_BEGINNINGS = (1, 4, 5, 6, 7, 8)  # letters of an initial, or of a word that another one begins with
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,}|\b[A-Z]\.(?=[A-Z]\b)")
_CAPITAL = re.compile(r"(?<![^\W_])[^\W\d_a-z][\w’'-]*")


@dataclass(frozen=True, slots=True)
class Name:
    """A person, place or thing by name: its words in lower case, without titles and small words."""

    words: tuple[str, ...]


Value = Quantity | Date | Name


def read_value(text: str) -> Value | None:
    """What a short answer says; None if it is no value, or several that do not agree."""
    found = list(find_values(text))
    if not found or _is_part_of_a_name(text, found[0][1]):
        return _name(text)
    (first, _), *others = found
    return first if all(agree(first, other) for other, _ in others) else None


def find_values(text: str) -> Iterator[tuple[Quantity | Date, Span]]:
    """Dates and quantities of a text, with their places."""
    dates = sorted(find_dates(text), key=lambda found: found[1].start)
    yield from dates
    yield from find_quantities(blanked(text, [span for _, span in dates]))


def agree(one: Value, other: Value) -> bool | None:
    """Whether two values can be one, said in other words or less exactly; None if they are of two kinds."""
    match one, other:
        case Quantity(), Quantity():
            return quantities_agree(one, other)
        case Date(), Date():
            return dates_agree(one, other)
        case Name(), Name():
            return _names_agree(one.words, other.words)
    return None


def _names_agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the shorter one's words are among the other's, or are the initials of the other."""
    fewer, more = sorted((one, other), key=lambda words: (len(words), words))
    fewer, more = (tuple("us" if word == "usa" else word for word in words) for words in (fewer, more))
    held = all(any(_same_word(word, another) for another in more) for word in fewer)
    return held or "".join(fewer) == "".join(word[0] for word in more)


def _same_word(one: str, other: str) -> bool:
    """Whether two words of names are one, one is the other's initial, or begins it: "West", "western"."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) in _BEGINNINGS and longer.startswith(shorter))


def _name(text: str) -> Name | None:
    """The name in a text; None if that is not mostly words with capital letters, or has too many of them."""
    joined = _DOTTED.sub(lambda match: match[0].replace(".", ""), re.sub(r"['’]s\b", "", text))
    words = [word for word in _WORD.findall(joined) if _is_acronym(word) or word.casefold() not in STOP_WORDS]
    capitals = [word for word in words if _CAPITAL.match(word)]
    if not capitals or 2 * len(capitals) < len(words) or len(words) > _LONGEST:
        return None
    told = tuple(word.casefold() for word in words)
    return Name(tuple(word for word in told if word not in TITLES) or told)


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


def _is_part_of_a_name(text: str, span: Span) -> bool:
    """Whether a figure stands in a name: "Boeing 747", "50 Cent", "the 1966 World Cup"."""
    before, after = text[: span.start], text[span.end :]
    named_before = any(word.casefold() not in _BEFORE_FIGURES for word in _CAPITAL.findall(before))
    counted = re.search(r"\b[a-z]{4,}", after)  # "5,000 Japanese workers"
    return named_before or (after[:1] in (" ", "-") and bool(_CAPITAL.match(after[1:])) and not counted)
