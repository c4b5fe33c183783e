"""Follow-up questions made to stand alone, each kind by a rule of its own. No model is asked."""

import re

from qa.antecedents import Context, replaced, reply_resolved
from qa.mentions import (
    AUXILIARIES,
    PERSON_PRONOUNS,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION_WORDS,
    YEAR,
    is_place,
    names_in,
    noun_phrases,
    words,
)
from qa.substitution import put_in, without_ending
from qa.wording import content_words

_LEAD = re.compile(r"^(?:(?:and|but|so|then|or|ok|okay|also|now)\b[,:]?\s+)+", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about\s+(.+)$", re.IGNORECASE)
_MEANT = re.compile(
    r"^(?:(?:no|nope|sorry|actually|wait|well)\b[,.!: ]*)*"
    r"(?:i (?:mean|meant|was asking about|am asking about)|i[’']m asking about|rather|not .+? but)\s+"
    r"(.+)$",
    re.IGNORECASE,
)
_DISLOCATED = re.compile(
    r"^([^,?]+), ((?:what|who|how|when|where|why|which)\b.*?)\b(?:that|it|this|they|them|he|she)\b(.*)$",
    re.IGNORECASE,
)
_VAGUE = r"(?:that|it|this|these|those|they|he|she|we)"
_BARE = re.compile(
    r"^((?:why|when|where|how|who|what|which one|which ones|how (?:so|come|much|many|long|often|far|exactly))"
    r"(?: else| exactly)?"
    r"|(?:by|since|until|from) (?:when|where)"
    rf"|(?:{'|'.join(sorted(PREPOSITIONS))}) how (?:many|much|long|far)(?: [\w-]+)?"
    rf"|(?:{'|'.join(sorted(PREPOSITIONS))}) (?:what|which|whom|whose)(?: [\w-]+){{0,2}})"
    rf"(?: (?:{'|'.join(sorted(AUXILIARIES))}) {_VAGUE}(?: be| happen| take place| do(?: that| it| so)?)?)?"
    r"(?: not)?(?:,? exactly| then| though)?$",
    re.IGNORECASE,
)
_POINTING = re.compile(
    rf"\b(?:that|this|those|these|there|so|then|ones?|the (?:first|second|third|former|latter|others?|same))$"
    rf"|\b(?:that|this|those|these) [a-z]+$"
    rf"|\b(?:{'|'.join(sorted(AUXILIARIES))}) (?:that|this|those|these)\b(?! (?:the|a|an)\b)"
    rf"|\b(?:{'|'.join(sorted(PREPOSITIONS))}) (?:that|this|those|these) [a-z]",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"^(?:thanks|thank you|hello|hi|hey|great|good|ok|okay|yes|no)\b\W*[\w ]{0,12}$", re.IGNORECASE
)
_EXPLETIVE = re.compile(r"\bit (?:true|possible|clear|likely|known|right|correct|certain)\b", re.IGNORECASE)
_AT_REPLY = re.compile(r"\b(?:that|this|those|these)\b", re.IGNORECASE)
_EXISTENTIAL = re.compile(rf"\b(?:{'|'.join(sorted(AUXILIARIES))}) there$", re.IGNORECASE)
_REPORTS = re.compile(r"^the (?:report|document|text|article|paper|page|note|file|source)s?\b", re.IGNORECASE)
ENOUGH = 3  # content words of a question that needs no other


def stand_alone(text: str, context: Context) -> tuple[str, str]:
    """The question as it stands alone, and what "it" stands for in it ("" if nothing).

    A question that stands alone already comes back as it is.
    """
    asked = without_ending(text)
    said = _LEAD.sub("", asked)
    if _COURTESY.match(asked):
        return text, ""
    rewritten = (
        _corrected(said, context)
        or _moved_back(said)
        or _substituted(said, context, is_led=said != asked)
        or _widened(said, context)
    )
    if rewritten:
        return _question(rewritten), ""
    return _resolved(text, said, context, is_led=said != asked)


def _corrected(said: str, context: Context) -> str:
    """Such as "No, I meant the Japanese side"."""
    meant = _MEANT.match(said)
    if not meant:
        return ""
    wanted = meant.group(1)
    if set(words(wanted)) & QUESTION_WORDS:
        return wanted
    return put_in(wanted, context.asked) or f"{without_ending(context.asked)}, that is, {wanted}"


def _moved_back(said: str) -> str:
    """Such as "The copper smelter, how much is that?"."""
    apart = _DISLOCATED.match(said)
    return f"{apart.group(2)}{apart.group(1)}{apart.group(3)}" if apart and _is_phrase(apart.group(1)) else ""


def _substituted(said: str, context: Context, *, is_led: bool) -> str:
    """Such as "What about Korea?", "And in 2010?", "TDK’s?"."""
    about = _ABOUT.match(said)
    phrase = about.group(1) if about else said
    if not _is_phrase(phrase) or not (about or is_led or _is_bare_phrase(phrase)):
        return ""
    if set(words(phrase)) & (PRONOUNS | {"that", "this"}):
        placed = words(phrase)[0] in PREPOSITIONS
        return f"{without_ending(context.asked)}, {phrase}" if placed else ""
    return put_in(phrase, context.asked) or f"{without_ending(context.asked)}, and what about {phrase}"


def _widened(said: str, context: Context) -> str:
    """Such as "Why?", "By when?", "And when is that?", "Who else?"."""
    bare = _BARE.match(said)
    if not bare:
        return ""
    wh, asked = bare.group(1), without_ending(context.asked)
    first, _, rest = asked.partition(" ")
    if wh.casefold().endswith(" else") and first.casefold() == wh.split()[0].casefold():
        return f"{wh} {rest}"
    if first.casefold() in AUXILIARIES and _asks_on(wh):
        return f"{wh} {first.casefold()} {rest}"
    if (told := _asked_of_reply(wh, context)) and _asks_on(wh):
        return told
    if first.casefold() in {"when", "where", "why"} and _asks_on(wh):
        return f"{wh} {rest}"
    return f"{asked}, and {_lowered(wh)}"


def _resolved(text: str, said: str, context: Context, *, is_led: bool) -> tuple[str, str]:
    """Pronouns replaced by what they stand for; with the question before it where that is not enough."""
    pronouns = [word for word in words(_EXPLETIVE.sub("", said)) if word in PRONOUNS]
    points = _POINTING.search(said) and not _EXISTENTIAL.search(said)
    if pronouns and not _has_antecedent(said, pronouns[0]):
        stood, antecedent = replaced(said, context)
        if stood and not points:
            focus = antecedent if pronouns[0] not in PERSON_PRONOUNS else ""
            return _question(stood), focus
        return _question(_joined(said, context)), ""
    lacks = len(content_words(said)) < ENOUGH and not names_in(said)
    if (points and not _names_enough(said)) or lacks:
        return _question(_joined(said, context)), ""
    return (_question(said) if is_led else text), ""


def _joined(said: str, context: Context) -> str:
    """The text with what it points back to: a plain answer, or else the question before."""
    reply = reply_resolved(context)
    if reply and _AT_REPLY.search(said):
        return f"{reply}: {_lowered(said)}"
    return f"{without_ending(context.asked)}, and {_lowered(said)}"


def _has_antecedent(said: str, pronoun: str) -> bool:
    """Whether the text itself names, before a pronoun, what that may stand for."""
    before = re.split(rf"\b{pronoun}\b", said, maxsplit=1, flags=re.IGNORECASE)[0].strip()
    if "," not in before and words(before)[-1:] and words(before)[-1] in AUXILIARIES:
        return False  # the subject of what is asked
    if pronoun in PERSON_PRONOUNS:
        return any(not is_place(name) for name in names_in(before))
    named = [phrase for phrase in noun_phrases(before) if not _is_no_antecedent(phrase, before)]
    return bool(named or names_in(before)) and len(content_words(before)) >= 2


def _is_no_antecedent(phrase: str, before: str) -> bool:
    """Such as "The report says when it …", "the part it plays"."""
    return bool(_REPORTS.match(phrase)) or before.endswith(phrase)


def _names_enough(said: str) -> bool:
    return bool(names_in(said)) and len(content_words(said)) >= ENOUGH


def _asked_of_reply(wh: str, context: Context) -> str:
    """A question about what was answered, its verb before its subject; "" if it is no plain sentence."""
    reply = reply_resolved(context)
    parts = reply.split()
    at = next((place for place, word in enumerate(words(reply)[:6]) if word in AUXILIARIES), None)
    if at:
        return " ".join((wh, parts[at], _subject_lowered(parts[:at]), *parts[at + 1 :]))
    return f"{wh} is it that {_subject_lowered(parts)}" if reply else ""


def _asks_on(wh: str) -> bool:
    """Whether it asks for a circumstance, so that a whole clause can follow it."""
    return words(wh)[-1] in {"why", "when", "where", "how"} or words(wh)[0] in PREPOSITIONS


def _subject_lowered(parts: list[str]) -> str:
    lower = words(parts[0])[0] in {"the", "a", "an", "its", "their", "both", "all", "this"}
    return " ".join((parts[0].casefold() if lower else parts[0], *parts[1:]))


def _is_phrase(text: str) -> bool:
    """Whether it has no verb of its own and asks nothing."""
    return not set(words(text)) & (AUXILIARIES | QUESTION_WORDS) and len(text.split()) <= 6


def _is_bare_phrase(text: str) -> bool:
    """Whether a phrase alone asks for the last question again: a name, a year, a place."""
    first = words(text)[0]
    if first in PREPOSITIONS or YEAR.fullmatch(text):
        return True
    return names_in(text) == [re.sub(r"[’']s?$", "", text)]


def _lowered(text: str) -> str:
    """Without a capital at its beginning, where that is none of a name."""
    known = words(text)[0] in QUESTION_WORDS | AUXILIARIES | PREPOSITIONS | {"the", "a", "an"}
    return text[:1].casefold() + text[1:] if known else text


def _question(text: str) -> str:
    return f"{text[:1].upper()}{without_ending(text[1:])}?"
