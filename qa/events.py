"""What happens on the way to an outcome, told as it happens."""

from dataclasses import dataclass

from qa.answers import Claim, Outcome, ScoredPassage, Withheld


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Event, always the first: passages were found for the query, the question as it stands alone."""

    query: str
    passages: tuple[ScoredPassage, ...]


@dataclass(frozen=True, slots=True)
class ClaimStated:
    """Event: a claim stands."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class ClaimWithheld:
    """Event: a statement was withheld."""

    withheld: Withheld


@dataclass(frozen=True, slots=True)
class Concluded:
    """Event, always the last: the outcome."""

    outcome: Outcome


Event = Retrieved | ClaimStated | ClaimWithheld | Concluded
