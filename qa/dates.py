"""Dates of any precision: found in a text, and held against each other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.documents import Span
from qa.wording import blanked

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>1[0-9]{3}|20[0-9]{2})"
_NO_FIGURE_BEFORE = r"(?<![\w.,$€£¥₹/-])"
# "1500 workers", "1800 km": no years. What ends in s is taken to be counted, but for these words.
_NOT_COUNTING = (
    r"(?! ?(?:%|°|per ?cent\b|[kcmMG]?[mgWVBΩ]\b))"
    r"(?![ -](?:hundred|thousand|million|billion|trillion|people|men|women|children|feet|yen"
    r"|(?!(?:was|is|has|his|its|this|as|series|elections|olympics|games|awards)\b)[a-z]+s)\b)"
)
# The more exact go first; what one has taken is not looked at again.
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\w-])(?P<year>[0-9]{4})-(?P<number>[01][0-9])-(?P<day>[0-3][0-9])(?![\w-])",
        rf"{_NO_FIGURE_BEFORE}{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR}(?!\w))?",
        rf"\b{_MONTH} {_DAY}(?![\w:]|[.,][0-9])(?:,? {_YEAR}(?!\w))?",
        rf"\b{_MONTH}(?:,|,? of)? {_YEAR}(?!\w)",
        r"(?<![\w/.])(?P<one>[0-3]?[0-9])/(?P<other>[0-3]?[0-9])/(?P<year>[0-9]{4})(?!\w)",
        rf"{_NO_FIGURE_BEFORE}{_YEAR}(?: ?[-–] ?| to | and | until )"
        r"(?P<last>[12][0-9]{3}|[0-9]{2})(?![\w%])",
        r"\b(?P<decade>1[0-9]{2}0|20[0-9]0)['’]?s\b",
        r"\b(?P<century>[12]?[0-9])(?:st|nd|rd|th)[ -][Cc]entury\b",
        r"(?<![\w.,-])(?P<era>[0-9]{1,4}) (?P<side>BCE?|CE|AD)\b",
        rf"(?:(?<=mid-)|{_NO_FIGURE_BEFORE}){_YEAR}(?!\w|[.,][0-9]|[-–]){_NOT_COUNTING}",
        rf"^(?:(?:in|by|since|until|late|early|mid) ){{0,2}}{_MONTH}$",  # "may" and "march" are words
    )
)


# Standing alone, "May" and "March" are words unless a preposition is before them.
_MONTH_ALONE = re.compile(
    rf"(?:\b(?:[Ii]n|[Bb]y|[Oo]f|[Ss]ince|[Uu]ntil|[Ll]ast|[Nn]ext|[Tt]his) (?=Ma[ry])|\b(?!Ma[ry])){_MONTH}"
)
_TWO_DAYS = r"([0-3]?[0-9])(?:st|nd|rd|th)?(?: ?[-–] ?| and | to | or )([0-3]?[0-9])(?:st|nd|rd|th)?"
_DAYS = (
    (re.compile(rf"{_NO_FIGURE_BEFORE}{_TWO_DAYS}(?: of)? {_MONTH}"), r"\1 \g<month>, \2 \g<month>"),
    (re.compile(rf"\b{_MONTH} {_TWO_DAYS}(?![\w:])"), r"\g<month> \2, \g<month> \3"),
)


@dataclass(frozen=True, slots=True)
class Date:
    """A day, a month, a year or several years; what is not said is None.

    Attributes:
        years: first and last, negative before our era; the same for one year.
    """

    years: tuple[int, int] | None
    month: int | None = None
    day: int | None = None


def find_dates(text: str) -> Iterator[tuple[Date, Span]]:
    """Every date in the text and where it stands; no two share a character."""
    for pattern in _PATTERNS:
        taken = []
        for match in pattern.finditer(text):
            if date := _date({name: held for name, held in match.groupdict().items() if held}):
                taken.append(Span(*match.span()))
                yield date, taken[-1]
        text = blanked(text, taken)


def find_months(text: str) -> Iterator[tuple[Date, Span]]:
    """Months that stand without day or year, and where."""
    for match in _MONTH_ALONE.finditer(text):
        yield Date(None, _month(match["month"])), Span(match.start("month"), match.end("month"))


def spell_days(text: str) -> str:
    """The text with "October 27-28" as "October 27, October 28"."""
    for pattern, spelt in _DAYS:
        text = pattern.sub(spelt, text)
    return text


def dates_agree(one: Date, other: Date) -> bool | None:
    """Whether the coarser holds the finer; None where they say nothing of the same part."""
    parts = [_years_agree(one.years, other.years), _same(one.month, other.month), _same(one.day, other.day)]
    told = [part for part in parts if part is not None]
    return all(told) if told else None


def _years_agree(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool | None:
    if one is None or other is None:
        return None
    return one[0] <= other[0] <= other[1] <= one[1] or other[0] <= one[0] <= one[1] <= other[1]


def _same(one: int | None, other: int | None) -> bool | None:
    return None if one is None or other is None else one == other


def _date(said: dict[str, str]) -> Date | None:
    """The date that a pattern's groups tell; None for a 45th of May."""
    month = _month(said["month"]) if "month" in said else int(said.get("number", 0)) or None
    day = int(said["day"]) if "day" in said else None
    if "one" in said:
        month, day = _month_and_day(int(said["one"]), int(said["other"]))
    possible = (month is None or month <= 12) and (day is None or 1 <= day <= 31)
    return Date(_years(said), month, day) if possible else None


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].casefold()) + 1


def _month_and_day(one: int, other: int) -> tuple[int, int] | tuple[None, None]:
    """Of "28/10" and "10/28"; which is which in "4/3" nobody knows."""
    month, day = sorted((one, other))
    return (month, day) if month <= 12 < day else (None, None)


def _years(said: dict[str, str]) -> tuple[int, int] | None:
    if "decade" in said:
        return int(said["decade"]), int(said["decade"]) + 9
    if "century" in said:
        return int(said["century"]) * 100 - 99, int(said["century"]) * 100
    if "era" in said:
        year = int(said["era"]) * (-1 if said["side"].startswith("B") else 1)
        return year, year
    if "year" not in said:
        return None
    first = int(said["year"])
    last = said.get("last", said["year"])
    end = int(said["year"][: -len(last)] + last)
    return min(first, end), max(first, end)
