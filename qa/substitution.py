"""A question asked again about something else: one of its phrases replaced by another of its kind."""

import re

from qa.mentions import PREPOSITIONS, YEAR, is_place, names_in, noun_phrases, phrases_after, words


def without_ending(text: str) -> str:
    """The text without what marks its end."""
    return text.strip().rstrip("?.! ")


def put_in(phrase: str, asked: str) -> str:
    """The question before with a phrase of it replaced by another of its kind; "" if it has none."""
    first, _, rest = phrase.partition(" ")
    if first.casefold() in PREPOSITIONS and rest:
        return _put_in_place(first.casefold(), rest, asked)
    if YEAR.fullmatch(phrase) and YEAR.search(asked):
        return YEAR.sub(phrase, asked, count=1)
    return _put_for_same_head(phrase, asked) or _put_for_name(phrase, asked) or _put_for_phrase(phrase, asked)


def _put_in_place(preposition: str, named: str, asked: str) -> str:
    """Such as "In 2010": for the year, or the name after the same word; else at the end."""
    if YEAR.fullmatch(named) and YEAR.search(asked):
        return YEAR.sub(named, asked, count=1)
    olds = names_in(asked) if names_in(named) else phrases_after(preposition, asked)
    for old in () if YEAR.fullmatch(named) else olds:
        place = re.compile(rf"\b{preposition} (?:the )?{re.escape(old)}(?!\w)", re.IGNORECASE)
        if place.search(asked):
            return place.sub(lambda _: f"{preposition} {named}", asked, count=1)
    return f"{without_ending(asked)} {preposition} {named}"


def _put_for_same_head(phrase: str, asked: str) -> str:
    """Such as "The Japanese side" for "the American side"."""
    head = words(phrase)[-1]
    same = [old for old in noun_phrases(asked) if words(old)[-1] == head or head in words(old)[1:]]
    if not same or len(phrase.split()) < 2:
        return ""
    old = re.match(rf".*?\b{re.escape(head)}\b", same[0], re.IGNORECASE)
    return asked.replace(old.group(), phrase, 1) if old else ""


def _put_for_name(phrase: str, asked: str) -> str:
    bare = re.sub(r"[’']s?$", "", phrase)
    owned = re.search(r"(?:\bthe )?\b([\w-]+(?: [A-Z][\w-]*)*)[’']s?(?= )", asked) if bare != phrase else None
    names = names_in(asked)
    if bare != phrase and not any(f"{name}’" in asked or f"{name}'" in asked for name in names) and owned:
        return asked.replace(owned.group(), f"{bare}'s", 1)
    if not names or (names_in(bare) != [re.sub(r"^the ", "", bare)] and bare == phrase):
        return ""
    alike = [name for name in names if is_place(name) == is_place(bare)] or names
    old = re.compile(rf"(?:\bthe )?\b{re.escape(alike[0])}\b" if bare[:4] != "the " else re.escape(alike[0]))
    return old.sub(lambda _: bare, asked, count=1)


def _put_for_phrase(phrase: str, asked: str) -> str:
    if not phrase.casefold().startswith(("the ", "a ", "an ")):
        return ""
    old = noun_phrases(asked)
    after = [each for each in old if re.search(rf"\b(?:for|of|about|to) {re.escape(each)}", asked)]
    return asked.replace((after or old)[0], phrase, 1) if old else ""
