"""Clauses: what a text denies, and how sure it is of what it says, told by the words that say so."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qa.mentions import AUXILIARIES
from qa.stopwords import STOP_WORDS
from qa.wording import content_words, stems

_BORDER = re.compile(
    r"[;:!?()\n\"–—]|[.,](?=\s|$)|--|\b(?:but|although|though|while|whereas|however|because|which|who|that|and)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"(?<!\bor )(?:\bnot|n't)(?! (?:only|just|merely|least|to mention)\b)\b"
    r"|\bno(?!\.? ?\d| (?:doubt|less|more|fewer|later|sooner)\b)\b"
    r"|\b(?:cannot|never|none|neither|nothing|nobody|nowhere|without|nor)\b",
    re.IGNORECASE,
)
# What may deny without saying "not"; whether it does is left to the model.
_REFUSING = re.compile(
    r"\b(?:(?:fail|declin)(?:e|es|ed|s|ing)? to|refus\w+|unable|den(?:y|ies|ied|ying)|reject\w*|lack\w*"
    r"|exclud\w+|avoid\w*|prevent\w*|prohibit\w*|bann(?:ed|ing)|bans?|forb\w+|absen\w+|rather than"
    r"|instead of|except\w*|unlikely|impossible|oppos\w+|cancel\w*|abandon\w*|halt\w*|stop\w*|ceas\w+"
    r"|withdr\w+|rul\w+ out|few|little|hardly|scarcely|barely|yet to|doubt\w*|zero)\b",
    re.IGNORECASE,
)
# How sure, from 1; "would" is "will" told later. "May" with a capital is a month.
_HEDGES = (
    re.compile(
        r"\b(?:may|[Mm]ight|[Cc]ould|[Pp]ossibl[ey]|[Pp]erhaps|[Mm]aybe|[Pp]otentially|[Pp]robably"
        r"|[Ll]ikely|[Rr]eportedly|[Aa]llegedly|[Aa]pparently)\b|^\s*May(?= \w+ \w)"
    ),
    re.compile(
        r"\b(?:should|(?:expect|plan|intend|hop|aim|seek)\w* to|(?:propos|consider)\w+)\b", re.IGNORECASE
    ),
)
PLAIN = len(_HEDGES) + 1  # said without a hedge
_SURE = re.compile(r"\bwill\b", re.IGNORECASE)
_BINDING = re.compile(
    r"\b(?:shall|must|(?<!not )(?<!n't )(?:ha(?:s|ve|d) to|(?:is|are|was|were) (?:required|obliged) to))\b",
    re.IGNORECASE,
)
_DUTY = re.compile(
    r"\b(?:shall|must|should|ha(?:s|ve|d) to|need\w*|requir\w+|oblig\w+|mandat\w+|compel\w*|order\w*|forc\w+"
    r"|necessary|bound)\b",
    re.IGNORECASE,
)
_PASSED_OVER = STOP_WORDS | AUXILIARIES | {"yet", "ever", "even", "longer", "any", "able"}
_REACH = 80  # characters behind a word that bears on what follows it


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence with its words, by their stems.

    Attributes:
        words: all content words.
        denied: those that a negation bears on first.
        negations: how many there are.
        refuses: whether a word stands there that may deny without a "not".
        hedge: the word that makes it less than certain; "" for none.
        hedged: the words it bears on.
        certainty: from 1 to `PLAIN`.
        sure: "will", if it is said; "" otherwise.
        binding: the word that makes it a duty, such as "must"; "" for none.
        duty: whether it speaks of a duty in any words.
    """

    words: frozenset[str]
    denied: frozenset[str]
    negations: int
    refuses: bool
    hedge: str
    hedged: frozenset[str]
    certainty: int
    sure: str
    binding: str
    duty: bool

    @property
    def strong(self) -> str:
        """The word that says more than a plain assertion; "" for none."""
        return self.binding or self.sure

    @property
    def may_deny(self) -> bool:
        """Whether it says of its words that something is not so, or may be saying it."""
        return self.negations > 0 or self.refuses

    @property
    def denies(self) -> bool:
        """Whether it certainly does; twice denied is nobody knows what."""
        return self.negations == 1


def clauses_of(text: str) -> Iterator[Clause]:
    """The clauses of a text with plain signs, in order."""
    for said in _BORDER.split(text):
        if said and not said.isspace():
            yield _clause(said)


def _clause(said: str) -> Clause:
    negations = list(_NOT.finditer(said))
    if len(negations) > 1:
        negations = [match for match in negations if match[0].casefold() != "nor"]
    hedged = [(level, match) for level, hedge in enumerate(_HEDGES, 1) if (match := hedge.search(said))]
    return Clause(
        words=_words(said),
        denied=frozenset(filter(None, (_first_behind(said, match) for match in negations))),
        negations=len(negations),
        refuses=_REFUSING.search(said) is not None,
        hedge=_word(hedged[0][1]) if hedged else "",
        hedged=frozenset(filter(None, (_first_behind(said, match) for _, match in hedged))),
        certainty=hedged[0][0] if hedged else PLAIN,
        sure=_word(_SURE.search(said)),
        binding=_word(_BINDING.search(said)),
        duty=_DUTY.search(said) is not None,
    )


def _word(match: re.Match[str] | None) -> str:
    return match[0].strip().casefold() if match else ""


def _words(said: str) -> frozenset[str]:
    return stems(content_words(said)) - _PASSED_OVER


def _first_behind(said: str, match: re.Match[str]) -> str:
    """The stem of the first content word behind a match; "" if there is none."""
    for word in re.findall(r"\w+", said[match.end() : match.end() + _REACH]):
        if word.casefold() not in _PASSED_OVER and not word.endswith("ly"):
            return next(iter(stems(content_words(word))), "")
    return ""
