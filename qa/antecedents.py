"""What the pronouns of a follow-up question stand for, by what was said before."""

import re
from dataclasses import dataclass

from qa.mentions import (
    AUXILIARIES,
    PERSON_PRONOUNS,
    PLURAL_PRONOUNS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    YEAR,
    is_clause,
    is_place,
    may_be_person,
    names_in,
    noun_phrases,
    phrases_after,
    words,
)

_OBJECT_ASKED = re.compile(r"^(?:what|which|whom?)\b.*? (?:do|does|did|will|would)\b", re.IGNORECASE)
_BEGUN = re.compile(
    r"^an? ([^,;:]{3,60}?) (?:is|are|was|were|has|have|had|will|would|can|could)\b", re.IGNORECASE
)
LONGEST_REPLY = 25  # words of an answer that a question is built on
LONGEST = 9  # words of an answer that is taken for a name of what was asked for
_DEFINED = re.compile(r"^(?:what|who)(?:’s|'s| is| are| was| were) (.+?)\??$", re.IGNORECASE)
_COUNTED = re.compile(r"^(?:how many|which|what) ((?:[\w’'-]+ )??[\w’'-]+s) ", re.IGNORECASE)
_FIGURE = re.compile(r"^(?:up to |about |some |over |almost |nearly )?[$€£]?\d", re.IGNORECASE)
_ASIDE = re.compile(r"^(?:yes|no|well|about that)[,.:;–-]+\s+", re.IGNORECASE)
_ARTICLE = re.compile(r"^(?:an?|some|the)\s+", re.IGNORECASE)
_THERE = re.compile(r"^(?:is|are|was|were) there (?:any )?(.+)$", re.IGNORECASE)
_PLACED = re.compile(r"\s+(?:of|off|in|for|on|at|with)\s+(?:the\s+)?[A-Z][\w.-]*(?:\s+[A-Z][\w.-]*)*")
_ATTRIBUTED = re.compile(r"^according to\b|;", re.IGNORECASE)  # who says so, or two sentences in one
_FIRST_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z“\"])")


@dataclass(frozen=True, slots=True)
class Context:
    """What was said before a question.

    Attributes:
        asked: the question before, as it stands alone.
        answered: what was answered to it, "" if nothing.
        focus: what "it" stood for there, "" if nothing.
        earlier: texts before that, the latest first.
    """

    asked: str
    answered: str = ""
    focus: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def reply(self) -> str:
        """The answer's first sentence without "yes", and without the stop at its end."""
        first = _FIRST_SENTENCE.split(" ".join(self.answered.split()), maxsplit=1)[0]
        return _ASIDE.sub("", first).rstrip(" .!")


def replaced(said: str, context: Context) -> tuple[str, str]:
    """The text with all pronouns of the first kind replaced, and by what; "" if that is unclear."""
    kind = next(word for word in words(said) if word in PRONOUNS)
    if kind in PERSON_PRONOUNS:
        forms, found = PERSON_PRONOUNS, _person(context)
    elif kind in PLURAL_PRONOUNS:
        forms, found = PLURAL_PRONOUNS, _several(context)
    else:
        forms, found = frozenset({"it", "its"}), _thing(context)
    if not found:
        return "", ""
    pattern = re.compile(rf"\b({'|'.join(forms)})\b(\s+[\w-]+)?", re.IGNORECASE)
    return pattern.sub(lambda match: _form(match, found), said), found


def _form(match: re.Match[str], found: str) -> str:
    """The antecedent in the place of a pronoun, possessive where that one is."""
    pronoun, after = match.group(1).casefold(), match.group(2) or ""
    ends = PREPOSITIONS | AUXILIARIES | QUESTION_WORDS | {"and", "or", "to", ""}
    owns = pronoun in {"its", "his", "their"} or (pronoun == "her" and after.strip().casefold() not in ends)
    if owns and len(found.split()) > 2 and after and "'" not in found:
        return f"the{after} of {found}"
    return f"{found}{_owning(found) if owns else ''}{after}"


def _owning(found: str) -> str:
    return "'" if found.endswith("s") else "'s"


def reply_resolved(context: Context) -> str:
    """The answer if it is one plain sentence, with the name of what it begins with; else ""."""
    reply = context.reply
    if not is_clause(reply) or len(reply.split()) > LONGEST_REPLY or _ATTRIBUTED.search(reply):
        return ""
    if words(reply)[0] not in PRONOUNS:
        return reply
    return replaced(reply, Context(context.asked, "", context.focus, context.earlier))[0]


def _person(context: Context) -> str:
    """The person spoken of last; "" if there seems to be none."""
    defined = _DEFINED.match(context.asked)
    if defined and names_in(defined.group(1)) == [defined.group(1)] and may_be_person(defined.group(1)):
        return defined.group(1)
    said = (context.asked, context.reply, context.answered)
    if words(context.asked)[0] in {"who", "whom", "whose", "which", "name"}:
        said = (context.reply, context.answered, context.asked)
    for text in (*said, *context.earlier):
        people = [name for name in names_in(text) if may_be_person(name) and f"the {name}" not in text]
        if people:
            return people[0]
    return ""


def _thing(context: Context) -> str:
    """The thing spoken of last; "" if that is unclear."""
    asked = context.asked.rstrip("?. ")
    defined = _DEFINED.match(asked) or _THERE.match(asked)
    named = _named_by_reply(context)
    return (
        context.focus
        or (_ARTICLE.sub("the ", _bare(defined.group(1))) if defined else "")
        or ("" if re.search(r",| and ", named) else named)
        or ("" if _OBJECT_ASKED.match(asked) and is_clause(context.reply) else _subject(asked))
    )


def _several(context: Context) -> str:
    """The things or people spoken of last; "" if that is unclear."""
    reply = _named_by_reply(context)
    if re.search(r"\b(?:and|or)\b|s$", reply):
        return reply
    counted = _COUNTED.match(context.asked)
    return f"the {counted.group(1)}" if counted else context.focus or _subject(context.asked)


def _named_by_reply(context: Context) -> str:
    """The answer, if it is a phrase that names what was asked for."""
    reply = context.reply
    if _OBJECT_ASKED.match(context.asked) and (told_of := _first_told_of(reply)):
        return told_of
    if not reply or len(reply.split()) > LONGEST or is_clause(reply) or _FIGURE.match(reply):
        return ""
    points = words(reply)[0] in PREPOSITIONS | {"those", "these", "that", "this", "yes", "no"}
    return "" if points or YEAR.search(reply) else _ARTICLE.sub("the ", reply)


def _first_told_of(reply: str) -> str:
    """What a sentence brings up first, such as "a field of rare earths" in "Japan found a field of …"."""
    begun = _BEGUN.match(reply)
    if begun:
        return f"the {begun.group(1)}"
    brought_up = [phrase for phrase in noun_phrases(reply) if re.match("an? ", phrase, re.IGNORECASE)]
    if not is_clause(reply) or not brought_up:
        return ""
    after = reply.split(brought_up[0], 1)[1]
    of = phrases_after("of", after) if after.startswith(" of ") else []
    return _ARTICLE.sub("the ", " of ".join((brought_up[0], *of[:1])))


def _subject(asked: str) -> str:
    """What stands after the first auxiliary verb of a question, or its only name."""
    parts = asked.rstrip("?. ").split()
    at = next((place for place, word in enumerate(words(asked)) if word in AUXILIARIES), None)
    found = "" if at is None else _begun(" ".join(parts[at + 1 :]), parts[at].casefold())
    others = [name for name in names_in(asked) if not is_place(name)] or names_in(asked)
    if found or len(others) != 1:
        return found
    return f"the {others[0]}" if f"the {others[0]}" in asked else others[0]


def _begun(rest: str, auxiliary: str) -> str:
    """The phrase that the rest of a question begins with, such as "the deposit off Minamitorishima"."""
    phrase = next((phrase for phrase in noun_phrases(rest)[:1] if rest.startswith(phrase)), "")
    if phrase:
        phrase = _without_verb(phrase, auxiliary)
        placed = _PLACED.match(rest[len(phrase) :])
        return phrase + (placed.group() if placed else "")
    name = next((name for name in names_in(rest) if rest.startswith(name)), "")
    owned = re.match(rf"{re.escape(name)}[’']s? [\w-]+", rest) if name else None
    return owned.group() if owned else name


def _without_verb(phrase: str, auxiliary: str) -> str:
    """The phrase, less its last word where that is the verb."""
    *kept, last = phrase.split()
    is_verb = auxiliary not in {"is", "are", "was", "were"} or last.endswith("ed")
    return " ".join(kept) if is_verb and len(kept) > 1 and last.islower() else phrase


def _bare(phrase: str) -> str:
    """A phrase that can stand for "it": not one that itself points back, nor a long clause."""
    return "" if set(words(phrase)) & PRONOUNS or len(phrase.split()) > LONGEST else phrase
