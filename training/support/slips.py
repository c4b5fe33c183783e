"""Slips: claims that a text does not carry, each made from one that it does by the errors chat models make.

| kind | what is wrong |
|---|---|
| swapped | a name, year, number, month or opposite, by `training.swaps` |
| number | a number is another one |
| unit | a unit or order of magnitude is another one |
| negated | said of what is not, or the other way round |
| stronger | "may" became "will", "some" all, "at least" exactly or at most |
| exchanged | two names have changed places |
| crossed | a name or number is that of another sentence of the premise |
"""

import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from qa.wording import content_words
from training.swaps import TOO_ALIKE, Lexicon, swap

_NAME = re.compile(
    r"(?<=[a-z,] )[A-Z][\w’'-]+(?: (?:of (?:the )?)?[A-Z][\w’'-]+)*|^[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+"
)
_NUMBER = re.compile(r"(?<![\w.,])\d+(?:,\d{3})*(?:\.\d+)?(?![\w]|[.,]\d)")
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
_AMOUNT = re.compile(rf"(?!{_YEAR.pattern}){_NUMBER.pattern}")
_UNITS = (
    "million billion|thousand million|percent million|dollars euros|km miles|kilometres miles"
    "|kilometers miles"
    "|meters feet|metres feet|kg pounds|hours days|days weeks|weeks months|months years|minutes hours"
    "|seconds minutes|square cubic|inches feet|years decades|centuries decades|tons pounds|m bn"
    "|degrees percent"
)
_STRONGER = (
    r"\bmay\b>will|\bmight\b>does|\bcould\b>will|\bcan\b>must|\bsome\b>all|\bmany\b>all|\bmost\b>all"
    r"|\bmost\b>few|\bmany\b>few|\bseveral\b>all|\boften\b>always|\busually\b>always"
    r"|\bsometimes\b>always|\brarely\b>often|\bat least\b>at most|\bmore than\b>less than"
    r"|\bless than\b>more than|\bover (?=\d)>under |\bup to\b>at least|\bnearly\b>more than"
    r"|\balmost\b>more than|\bshould\b>must|\bsuggests?\b>proves|\bone of the\b>the only one of the"
    r"|\bpartly\b>entirely|\bplanned to\b>refused to|\bproposed\b>approved|\bannounced\b>denied"
    r"|\bincreased\b>decreased|\bdecreased\b>increased|\brose\b>fell|\bfell\b>rose|\bgained\b>lost"
    r"|\bhigher\b>lower|\blower\b>higher|\bbefore\b>after|\bafter\b>before|\ballowed\b>forbidden"
    r"|\baccepted\b>rejected|\bsupported\b>opposed|\bsuccessful\b>unsuccessful|\bfirst\b>second"
    r"|\bsecond\b>third|\bearly\b>late|\blate\b>early|\bsmall\b>large|\blarge\b>small"
    r"|\bboth\b>neither of|\bwith\b>without|\bwithout\b>with|\bincluding\b>except"
    r"|\blargest\b>second-largest"
)
_CHANGES = tuple(tuple(one.split(">")) for one in _STRONGER.split("|"))
_PLAIN = re.compile(
    r"\b(is|was|are|were|has been|have been|had been|can|could|will|would|should|may|does|do"
    r"|did)\b(?! not|n't)"
)
_NEGATIONS = (
    (r"\b(is|was|are|were|can|could|will|would|should|does|do|did|has|have|had) not\b", r"\1"),
    (r"\bcannot\b", "can"),
    (r"\bcan't\b", "can"),
    (r"\b(is|was|are|were|could|would|should|does|do|did|has|have|had)n't\b", r"\1"),
    (r"\bnever\b", "always"),
    (r"\bno longer\b", "still"),
)
Maker = Callable[[str, str, Lexicon, random.Random], str | None]
KINDS = ("swapped", "number", "unit", "negated", "stronger", "exchanged", "crossed")
WEIGHTS = dict(zip(KINDS, (3.0, 6.0, 8.0, 1.2, 2.0, 1.2, 5.0), strict=True))


def slip(claim: str, premise: str, lexicon: Lexicon, rng: random.Random) -> tuple[str, str] | None:
    """Kind and text of a claim with one error, or None where no rule applies."""
    left = dict(WEIGHTS)
    while left:
        (kind,) = rng.choices(list(left), list(left.values()))
        del left[kind]
        made = _MAKERS[kind](claim, premise, lexicon, rng)
        if made and made != claim:
            return kind, made
    return None


def difference(one: str, other: str) -> tuple[str, str]:
    """The words in which two texts differ, without what they begin and end with in common."""
    ours, theirs = one.split(), other.split()
    start = 0
    while start < min(len(ours), len(theirs)) and ours[start] == theirs[start]:
        start += 1
    end = 0
    while end < min(len(ours), len(theirs)) - start and ours[-1 - end] == theirs[-1 - end]:
        end += 1
    cut = [" ".join(words[start : len(words) - end]).strip(".,;:()'\"") for words in (ours, theirs)]
    return cut[0], cut[1]


def _swapped(claim: str, premise: str, lexicon: Lexicon, rng: random.Random) -> str | None:
    return swap(claim, [premise], [0], lexicon, rng)


def _number(claim: str, premise: str, _: Lexicon, rng: random.Random) -> str | None:
    found = list(_NUMBER.finditer(claim))
    if not found:
        return None
    place = rng.choice(found)
    new = _other_number(place.group(), rng)
    if re.search(rf"(?<!\d){re.escape(new)}(?!\d)", premise):
        return None
    return claim[: place.start()] + new + claim[place.end() :]


def _other_number(old: str, rng: random.Random) -> str:
    """Another number written the same way: a digit changed, two exchanged, or one near by."""
    digits = [n for n, one in enumerate(old) if one.isdigit()]
    if rng.random() < 0.3 and old.isdigit() and 0 < int(old) < 3000:
        return str(int(old) + rng.choice((-10, -2, -1, 1, 2, 3, 10, 100))).lstrip("-")
    place = rng.choice(digits)
    lowest = 1 if place == digits[0] else 0
    new = rng.choice([str(n) for n in range(lowest, 10) if str(n) != old[place]])
    return old[:place] + new + old[place + 1 :]


def _unit(claim: str, premise: str, _: Lexicon, rng: random.Random) -> str | None:
    pairs = [pair.split() for pair in _UNITS.split("|")]
    both = [(a, b) for a, b in pairs] + [(b, a) for a, b in pairs]
    fit = [
        (old, new)
        for old, new in both
        if re.search(rf"(?<=[\d ]){old}\b", claim) and new not in premise.split()
    ]
    if not fit:
        return None
    old, new = rng.choice(fit)
    return re.sub(rf"(?<=[\d ]){old}\b", new, claim, count=1)


def _negated(claim: str, _: str, __: Lexicon, rng: random.Random) -> str | None:
    for pattern, plain in _NEGATIONS:
        if re.search(pattern, claim):
            return re.sub(pattern, plain, claim, count=1)
    verb = _PLAIN.search(claim)
    if not verb:
        return None
    first = verb.group().split()[0]
    negated = rng.choice((f"{first} not", f"{first} not", f"{first} never"))
    return claim[: verb.start()] + verb.group().replace(first, negated, 1) + claim[verb.end() :]


def _stronger(claim: str, premise: str, _: Lexicon, rng: random.Random) -> str | None:
    fit = [
        (old, new)
        for old, new in _CHANGES
        if re.search(old, claim) and not re.search(rf"\b{re.escape(new.strip())}\b", premise)
    ]
    if not fit:
        return None
    old, new = rng.choice(fit)
    return re.sub(old, new, claim, count=1)


def _exchanged(claim: str, _: str, __: Lexicon, rng: random.Random) -> str | None:
    """Two names in each other's places, unless they stand in one list, where the order says nothing."""
    found = list(_NAME.finditer(claim))
    fit = [
        (one, other)
        for one, other in pairwise(found)
        if one.group() != other.group() and _told_apart(claim[one.end() : other.start()])
    ]
    if not fit:
        return None
    one, other = rng.choice(fit)
    between = claim[one.end() : other.start()]
    return claim[: one.start()] + other.group() + between + one.group() + claim[other.end() :]


def _crossed(claim: str, premise: str, _: Lexicon, rng: random.Random) -> str | None:
    """A value exchanged for one of another sentence of the premise, which is about something else."""
    sentences = re.split(r"(?<=[.!?]) ", premise)
    fit = []
    for kind in (_YEAR, _AMOUNT, _NAME):
        for old in (one for one in kind.findall(claim) if one in premise):
            asked = content_words(claim) - content_words(old)
            foreign = [text for text in sentences if old not in text and _is_foreign(asked, text)]
            fit += [(old, new) for text in foreign for new in kind.findall(text) if new not in claim]
    if not fit:
        return None
    old, new = rng.choice(fit)
    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, claim, count=1)


def _is_foreign(asked: frozenset[str], sentence: str) -> bool:
    return len(asked & content_words(sentence)) < TOO_ALIKE * len(asked)


def _told_apart(between: str) -> bool:
    """Whether the words between two names make them play different parts."""
    words = between.replace(",", " ").split()
    return (
        len(words) > 0
        and not set(words) <= {"and", "or", "the", "between", "in", "of"}
        and "," not in between
    )


_MAKERS: dict[str, Maker] = {
    "swapped": _swapped,
    "number": _number,
    "unit": _unit,
    "negated": _negated,
    "stronger": _stronger,
    "exchanged": _exchanged,
    "crossed": _crossed,
}
CERTAIN: Sequence[str] = ("swapped", "number", "unit", "negated")  # the text says otherwise
