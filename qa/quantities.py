"""Quantities: numbers with what they count or measure, found in a text and held against each other."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from ingest.documents import Span
from qa.units import CURRENCIES, UNITS, ZEROS
from qa.wording import blanked, content_words

LOOSE = 0.08  # what "about" allows, as a part of the number
ROUNDED = 0.05  # what a rounded number may be off by at most

_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_PLACES = "first second third fourth fifth sixth seventh eighth ninth tenth"
_WORDS = {
    **{word: float(number) for number, word in enumerate(_SMALL.split())},
    **{word: 10.0 * number for number, word in enumerate(_TENS.split(), 2)},
}
_ORDINALS = {word: float(number) for number, word in enumerate(_PLACES.split(), 1)}
_MAGNITUDES = {
    **{"hundred": 1e2, "dozen": 12.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12},
    **{"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9, "tn": 1e12},
}
_FIGURE = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.[0-9]{1,9})?(?![0-9:]|[.,][0-9])"
_SIGN = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_MAGNITUDE = r"(?:hundred|dozen|thousand|million|billion|trillion|bn|mn|tn)\b"
_NUMBERS = "|".join([*_WORDS, "hundred", "dozen", "thousand", "million", "billion", "trillion"])
_QUANTITIES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:(?<!\w)(?P<sign>{_SIGN}) ?|(?<![\w.,:/-]))(?P<minus>[-−])?(?P<low>{_FIGURE})"
        rf"(?:(?: ?[-–] ?| to )(?:{_SIGN})?(?P<high>{_FIGURE}))?"
        rf"(?P<ordinal>(?:st|nd|rd|th)\b)?(?P<magnitude>(?(sign)[kmb]\b|(?!))|(?:[ -]?{_MAGNITUDE})*)",
        rf"(?<![\w-])(?P<words>(?:{_NUMBERS})\b(?:(?:[ -]| and )(?:{_NUMBERS})\b)*)",
        rf"(?<![\w-])(?P<place>{'|'.join(_ORDINALS)})\b",
    )
)
_UNIT = re.compile(r"[ -]?((?:[^\W\d_]\.){2,3}|[^\W\d_]+(?:[23²]|/h|/s)?|[%°][CFcf]?)(?: ([^\W\d_]+))?")
_ABOUT = re.compile(
    r"(?:\b(?:about|around|approximately|roughly|some|nearly|almost|over|under|above|below|circa|estimated"
    r"|(?:more|less|fewer|greater) than|at (?:least|most)|up to|as (?:many|much) as|close to)"
    r"|\b(?:approx|ca?)\.|[~≈<>+≥≤]) ?(?:an? |the )?$",
    re.IGNORECASE,
)
_RATE = re.compile(r"(?: [a-z]+)? per (?!cent\b)")  # "8.2 people per square kilometre"
_NOUN = re.compile(r"[ -]\w+(?: \w+){0,2}")
_OR_SO = re.compile(r"\+| or (?:so|more|less)\b|-odd\b")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, or a range of numbers.

    Attributes:
        low, high: in base units; the same where no range is given.
        dimension: such as "length", "%" or "USD", with "per" for a rate; "" for a count.
        within: how far off the same quantity may be when it is rounded otherwise.
        counted: words for what is counted; may be empty.
        about: whether it is said to be no exact number.
        unit: base units in the unit it is given in.
    """

    low: float
    high: float
    dimension: str
    within: float
    counted: frozenset[str] = frozenset()
    about: bool = False
    unit: float = 1.0


def find_quantities(text: str) -> Iterator[tuple[Quantity, Span]]:
    """Every quantity in the text and where it stands, with its unit; no two share a character."""
    for pattern in _QUANTITIES:
        taken = []
        for match in pattern.finditer(text):
            quantity, end = _quantity(match, text)
            taken.append(Span(match.start(), end))
            yield quantity, taken[-1]
        text = blanked(text, taken)


def quantities_agree(one: Quantity, other: Quantity) -> bool | None:
    """Whether they are equal as far as they are exact; None if they measure or count different things.

    A bare number may be a sum or a share that lost its sign.
    """
    if one.dimension != other.dimension and not (_fits(one, other) or _fits(other, one)):
        return None
    within = max(one.within, other.within) * (1 + 1e-9)  # 0.1 + 0.2
    if one.low - within <= other.high and other.low - within <= one.high:
        return True
    unlike = one.counted and other.counted and not one.counted & other.counted
    return None if unlike else False


def _fits(bare: Quantity, other: Quantity) -> bool:
    return not bare.dimension and not bare.counted and (other.dimension == "%" or other.dimension.isupper())


def _quantity(match: re.Match[str], text: str) -> tuple[Quantity, int]:
    """The quantity, and where its unit ends."""
    dimension, factor, zero, end = _unit(match, text)
    low, high, step = (factor * part for part in _amount(match))
    before = text[max(0, match.start() - 25) : match.start()]
    about = bool(_ABOUT.search(before) or _OR_SO.match(text, end))
    within = LOOSE * abs(high) if about else min(step / 2, ROUNDED * abs(high))
    dimension += " per" * bool(_RATE.match(text, end))
    counted = frozenset() if dimension else _counted(text[end : end + 60])
    return Quantity(low + zero, high + zero, dimension, within, counted, about, factor), end


def _amount(match: re.Match[str]) -> tuple[float, float, float]:
    """The lower and the higher number, and the step to which they are rounded."""
    said = match.groupdict()
    if words := said.get("words"):
        return (number := _number(words)), number, 1.0
    if place := said.get("place"):
        return (number := _ORDINALS[place.casefold()]), number, 1.0
    magnitude = 1.0
    for word in re.findall(r"[a-z]+", said["magnitude"].casefold()):
        magnitude *= _MAGNITUDES[word]
    sign = -1 if said["minus"] else 1
    low = sign * float(said["low"].replace(",", "")) * magnitude
    high = float((said["high"] or said["low"]).replace(",", "")) * magnitude * (1 if said["high"] else sign)
    return min(low, high), max(low, high), _step(said["low"]) * magnitude


def _step(figure: str) -> float:
    """1 for "45" and "90", 0.1 for "1.6", 1000 for "12,000": zeros of long numbers come of rounding."""
    whole, _, decimals = figure.replace(",", "").partition(".")
    if decimals or len(whole) < 4:
        return float(10.0 ** -len(decimals))
    return float(10.0 ** (len(whole) - len(whole.rstrip("0"))))


def _number(words: str) -> float:
    """Such as 250,000 for "two hundred and fifty thousand"."""
    total = current = 0.0
    for word in re.findall(r"[a-z]+", words.casefold()):
        if word in _MAGNITUDES:
            current = (current or 1.0) * _MAGNITUDES[word]
            if _MAGNITUDES[word] >= 1000:
                total, current = total + current, 0.0
        else:
            current += _WORDS.get(word, 0.0)
    return total + current


def _unit(match: re.Match[str], text: str) -> tuple[str, float, float, int]:
    """Dimension, factor and zero of the unit, and where it ends."""
    said = match.groupdict()
    if said.get("place") or said.get("ordinal"):
        return "place", 1.0, 0.0, match.end()
    if sign := said.get("sign"):
        return CURRENCIES[sign.casefold()], 1.0, 0.0, match.end()
    if after := _UNIT.match(text, match.end()):
        for name, end in ((f"{after[1]} {after[2]}", after.end()), (after[1], after.end(1))):
            if known := UNITS.get(name.casefold()):
                return *known, ZEROS.get(name.casefold().split()[-1], 0.0), end
    return "", 1.0, 0.0, match.end()


def _counted(after: str) -> frozenset[str]:
    """Content words of the noun behind a number, up to the next mark or small word."""
    noun = _NOUN.match(after)
    return content_words(" ".join(takewhile(content_words, noun[0].split()))) if noun else frozenset()
