"""Names: the words with capitals of a statement that stand in no cited sentence."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from qa.mentions import AUXILIARIES, PREPOSITIONS, QUESTION_WORDS
from qa.stopwords import STOP_WORDS
from qa.values import TITLES

# Words that may be capitalised as the first of a sentence only.
_OPENERS = """
according accordingly additionally altogether although another consequently currently despite earlier either
eventually everyone finally following further furthermore hence however including indeed initially
instead later likewise many meanwhile moreover most neither nevertheless next nobody none nothing notably
nowadays officials one others otherwise overall previously recently several similarly since somebody someone
soon specifically still subsequently ten then thereafter therefore three thus today together two unlike
various when whereas while yet throughout through across among amid besides regardless whether given per
"""
_FIRST_ONLY = STOP_WORDS | AUXILIARIES | PREPOSITIONS | QUESTION_WORDS | frozenset(_OPENERS.split())
_COMMON = re.compile(
    r"(?:tions?|ments?|ness|ity|ly|ists?|ives?|ures?|ances?|ences?|ships?|[^rgd]ers|ies|ials"
    r"|[a-z]{5}ing)$",
    re.IGNORECASE,
)
_CALENDAR = """
january february march april may june july august september october november december
jan feb mar apr jun jul aug sep sept oct nov dec bc bce ad ce
"""
_ELSEWHERE = frozenset(_CALENDAR.split())  # dates are looked at by `qa.figures`
_NATIONS = """
us usa america american americans
uk britain british briton britons
eu europe european europeans
china chinese
canada canadian
denmark danish
england english
finland finnish
france french
greece greek
ireland irish
netherlands dutch
norway norwegian
philippines philippine filipino
poland polish
scotland scottish
spain spanish
sweden swedish
switzerland swiss
thailand thai
turkey turkish
wales welsh
"""
_NATION = {word: line.split()[0] for line in _NATIONS.strip().splitlines() for word in line.split()}
_ENDINGS = ("s", "n", "an", "ian", "ese", "ish", "i", "ern", "y")  # Japanese, Korean, western, Italy
_STEM = 4  # letters at least before such an ending
_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:[&'][^\W_]+)*")
_SMALL = frozenset({"of", "the", "and", "for", "de"})
_ACRONYM = (2, 6)  # letters
_SENTENCE_END = re.compile(r"[.!?:;\"]\s*[\"'(]*$")
_GAP = 8  # characters looked at before a word


class _Word(NamedTuple):
    text: str
    start: int
    end: int


def missing_names(statement: str, quotes: Iterable[str]) -> list[str]:
    """Names that the quotes do not hold, or not whole, in the statement's words.

    "Japanese" is told by "Japan", "NATO" by "North Atlantic Treaty Organization", "U.S." by "United States",
    and each the other way round; titles are no part of a name. The first word of a sentence is taken for a
    name unless it looks like a common word.

    Both are taken with plain signs (`qa.wording.plain_signs`).
    """
    told: set[str] = set()
    for quote in quotes:
        words = list(_words(quote))
        told.update(*map(_forms, words), filter(None, _acronyms(words)))
    lacking = (
        run for run in _runs(statement) if any(_initials(part) not in told for part in _unheard(run, told))
    )
    return list(dict.fromkeys(statement[run[0].start : run[-1].end] for run in lacking))


def _unheard(run: Sequence[_Word], told: set[str]) -> Iterator[list[_Word]]:
    """The parts of a name whose words no quote holds."""
    for is_told, same in groupby(run, key=lambda word: bool(_forms(word) & told)):
        if not is_told:
            yield list(same)


def _words(text: str) -> Iterator[_Word]:
    for match in _WORD.finditer(text):
        said = re.sub(r"'s?$", "", match[0])
        yield _Word(said, match.start(), match.start() + len(said))


def _runs(text: str) -> Iterator[list[_Word]]:
    """Names: neighbouring words with capitals, but for those that only begin a sentence."""
    run: list[_Word] = []
    end = 0
    for word in _words(text):
        between = text[end : word.start]
        first = not end or _SENTENCE_END.search(between[-_GAP:]) is not None
        if run and between.strip("- "):
            yield run
            run = []
        if _is_name(word.text, first):
            run.append(word)
        elif run:
            yield run
            run = []
        end = word.end
    yield run


def _is_name(word: str, first: bool) -> bool:
    plain = word.casefold()
    if len(word) < 2 or word == word.lower() or any(map(str.isdigit, word)):
        return False
    if plain in TITLES or plain in _ELSEWHERE or (plain in STOP_WORDS and not word.isupper()):
        return False
    return not (first and _opens(word))


def _opens(word: str) -> bool:
    return word.casefold() in _FIRST_ONLY or _COMMON.search(word) is not None


def _forms(word: _Word) -> frozenset[str]:
    """What it is looked up by; two words with one in common are the same name."""
    plain = word.text.casefold().replace(".", "")
    plain = _NATION.get(plain, plain)
    roots = (plain.removesuffix(ending) for ending in _ENDINGS if plain.endswith(ending))
    return frozenset({plain, *(root for root in roots if len(root) >= _STEM)})


def _acronyms(words: Sequence[_Word]) -> Iterator[str]:
    """Initials of neighbouring words with capitals."""
    said = [word for word in words if word.text.casefold() not in _SMALL]
    for capital, same in groupby(said, key=lambda word: word.text[:1].isupper()):
        run = list(same) if capital else []
        for start in range(len(run)):
            for length in range(_ACRONYM[0], _ACRONYM[1] + 1):
                yield _initials(run[start : start + length])


def _initials(words: Sequence[_Word]) -> str:
    letters = "".join(word.text[0] for word in words if word.text.casefold() not in _SMALL).casefold()
    return _NATION.get(letters, letters) if len(letters) > 1 else ""
