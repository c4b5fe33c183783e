"""Figures: the numbers and dates of a statement that stand in no cited sentence."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingest.documents import Span
from qa.dates import Date, find_months, spell_days
from qa.quantities import Quantity
from qa.units import UNITS
from qa.values import find_values
from qa.wording import blanked

_YEAR = UNITS["year"][1]
_UNSAID = frozenset({"one", "first"})  # words before they are numbers
_TOKEN = re.compile(r"\w+(?:[.,:/'-]\w+)*")
_SLASHED = re.compile(r"\d/\d")

Figure = Quantity | Date


def missing_figures(statement: str, quotes: Iterable[str]) -> list[str]:
    """The statement's numbers and dates that the quotes do not tell, in its words and order.

    A number is told with its unit: "$5 billion" by "5,000 million dollars", not by "5 billion". A bare
    number is told by one of any unit. A date is told by one as exact: "28 October" by "2025-10-28", not by
    "October". What looks like a figure and is none, such as "F-35" or "7:30", must stand there as it is.
    """
    statement = spell_days(statement)
    found = list(_figures(statement))
    told = _Told()
    for quote in map(spell_days, quotes):
        told.add(quote)
    unread = blanked(statement, sorted((span for _, span in found), key=lambda span: span.start))
    missing = [span for figure, span in found if not told.tells(figure, span.cut(statement))]
    missing += [span for span in _figured_tokens(unread) if span.cut(statement).casefold() not in told.tokens]
    return [span.cut(statement).strip(" .") for span in sorted(missing, key=lambda span: span.start)]


def figures_as_quoted(statement: str, quotes: Iterable[str]) -> str:
    """The statement with each figure as a quote writes the same one: "$1.6 billion" for "$1,600 million"."""
    written = {_same(figure): span.cut(quote) for quote in quotes for figure, span in _figures(quote)}
    pieces, end = [], 0
    for figure, span in sorted(_figures(statement), key=lambda found: found[1].start):
        pieces += [statement[end : span.start], written.get(_same(figure), span.cut(statement))]
        end = span.end
    return "".join([*pieces, statement[end:]])


def _same(figure: Figure) -> tuple[str, ...] | Date:
    """Equal for figures that say the same, however they are written."""
    if isinstance(figure, Date):
        return figure
    return (figure.dimension, _key(figure.low), _key(figure.high))


def _figures(text: str) -> Iterator[tuple[Figure, Span]]:
    found = sorted(find_values(text), key=lambda each: each[1].start)
    yield from found
    yield from find_months(blanked(text, [span for _, span in found]))


def _figured_tokens(text: str) -> Iterator[Span]:
    for match in _TOKEN.finditer(text):
        if any(map(str.isdigit, match[0])):
            yield Span(*match.span())


def _key(number: float) -> str:
    """The same for 0.3 and 0.1 + 0.2."""
    return f"{number:.9g}"


@dataclass(slots=True)
class _Told:
    """What the quotes tell, kept so that one figure is looked up without going through all of them.

    Attributes:
        numbers: by dimension, in base units.
        bare: without their units.
        dates: year, month and day, and each of them coarser; None for what is not said or left out.
        yearless: month and day of dates without a year, and the month alone.
        spans: first and last year of what is told as several years.
        tokens: words with a figure in them.
    """

    numbers: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    bare: set[str] = field(default_factory=set)
    dates: set[tuple[int | None, int | None, int | None]] = field(default_factory=set)
    yearless: set[tuple[int | None, int | None]] = field(default_factory=set)
    spans: set[tuple[int, int]] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    _ordered: dict[str, list[float]] = field(default_factory=dict)

    def add(self, quote: str) -> None:
        self.tokens.update(span.cut(quote).casefold() for span in _figured_tokens(quote))
        for figure, _ in _figures(quote):
            if isinstance(figure, Date):
                self._add_date(figure)
            else:
                self._add_quantity(figure)

    def tells(self, figure: Figure, said: str) -> bool:
        if isinstance(figure, Quantity):
            return said.casefold() in _UNSAID or self._tells_quantity(figure)
        if _SLASHED.search(said) and figure.month is None:
            return said in self.tokens
        return self._tells_date(figure)

    def _add_quantity(self, quantity: Quantity) -> None:
        for number in {quantity.low, quantity.high}:
            self._add_number(quantity.dimension.removesuffix(" per"), number)
            self.bare.add(_key(number / quantity.unit))
            if not quantity.dimension and not quantity.counted:
                self._add_number("duration", number * _YEAR)  # an age: "Takaichi, 64,"

    def _add_number(self, dimension: str, number: float) -> None:
        self.numbers[dimension][_key(number)] = number

    def _add_date(self, date: Date) -> None:
        for month, day in {(date.month, date.day), (date.month, None)}:
            self.dates.add((None, month, day))
            if date.years is None:
                self.yearless.add((month, day))
            elif not _is_coarse(date.years):
                self.dates.update(
                    (year, *part) for year in date.years for part in ((month, day), (None, None))
                )
        if date.years:
            self.spans.add(date.years)
        if date.years and not _is_coarse(date.years):
            self._add_number("", date.years[0])  # "1500 took part" looks like a year
        if date.day:
            self._add_number("place", date.day)

    def _tells_quantity(self, quantity: Quantity) -> bool:
        return all(self._tells_number(quantity, number) for number in (quantity.low, quantity.high))

    def _tells_number(self, quantity: Quantity, number: float) -> bool:
        dimension = quantity.dimension.removesuffix(" per")
        if _key(number) in self.numbers[dimension]:
            return True
        if not dimension and not quantity.counted and _key(number) in self.bare:
            return True
        return quantity.about and self._has_between(
            dimension, number - quantity.within, number + quantity.within
        )

    def _has_between(self, dimension: str, low: float, high: float) -> bool:
        if dimension not in self._ordered:
            self._ordered[dimension] = sorted(self.numbers[dimension].values())
        ordered = self._ordered[dimension]
        place = bisect_left(ordered, low)
        return place < len(ordered) and ordered[place] <= high

    def _tells_date(self, date: Date) -> bool:
        if date.years is None:
            return (None, date.month, date.day) in self.dates
        first, last = date.years
        if first != last:
            within = _is_coarse(date.years) and self._has_year_between(first, last)
            return date.years in self.spans or within or all(self._tells_year(year) for year in date.years)
        if (first, date.month, date.day) in self.dates:
            return True
        apart = date.month is None or (date.month, date.day) in self.yearless
        return apart and self._tells_year(first)

    def _tells_year(self, year: int) -> bool:
        return (year, None, None) in self.dates or _key(year) in self.numbers[""]

    def _has_year_between(self, first: int, last: int) -> bool:
        return any((year, None, None) in self.dates for year in range(first, last + 1))


def _is_coarse(years: tuple[int, int]) -> bool:
    """Whether it is a decade or a century, whose first and last year nobody has named."""
    first, last = years
    return (last - first == 9 and first % 10 == 0) or (last - first == 99 and first % 100 == 1)
