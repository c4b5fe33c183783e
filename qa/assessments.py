"""Assessments: how far cited sentences carry a statement, and which statements are kept for it."""

from dataclasses import dataclass
from enum import StrEnum


class Support(StrEnum):
    """How far the cited sentences carry a statement, from word for word to not at all."""

    VERBATIM = "verbatim"
    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a verifier says of a statement and the sentences it cites.

    Attributes:
        support: the verdict.
        score: 0–1; 1 for what is verbatim, 0 where a number, a date, a quotation or a negation stands in no
            cited sentence, and else the probability that the sentences entail the statement.
        missing: what of the statement stands in no cited sentence, in its words where it has some.
    """

    support: Support
    score: float
    missing: tuple[str, ...] = ()


class SupportPolicy(StrEnum):
    """What becomes of statements that are carried in part or not at all."""

    STRICT = "strict"
    WITHHOLD = "withhold"
    FLAG = "flag"

    def keeps(self, support: Support) -> bool:
        """Whether a statement with this support becomes a claim."""
        return support in _KEPT[self]


_CARRIED = frozenset({Support.VERBATIM, Support.SUPPORTED})
_KEPT = {
    SupportPolicy.STRICT: _CARRIED,
    SupportPolicy.WITHHOLD: _CARRIED | {Support.PARTLY},
    SupportPolicy.FLAG: frozenset(Support),
}
