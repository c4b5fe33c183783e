"""Support: do the cited sentences carry a statement? First what is exact, then what a model says."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Protocol

from qa.assessments import Assessment, Support
from qa.figures import figures_as_quoted, missing_figures
from qa.modality import missing_negation, raised_modality
from qa.names import missing_names
from qa.quotations import missing_quotations
from qa.wording import content_words, flatten, plain_signs

# From which probability on, see docs/decisions/0020-support-per-claim.md.
SUPPORTED = 0.7
PARTLY = 0.4
NAMED = 5  # words at most that say what is missing, where nothing more exact is


class Entailer(Protocol):
    """Judges whether a statement follows from sentences."""

    @property
    def fingerprint(self) -> str:
        """Names model, weights' digest and route."""

    def prepare(self) -> None:
        """Loads ahead what the first use would load."""

    def probability(self, claim: str, premise: str) -> float:
        """How likely (0–1) the premise entails the claim."""


class Verifier(Protocol):
    """Judges whether quotes carry a statement."""

    @property
    def fingerprint(self) -> str:
        """Names what judges."""

    def assess(self, statement: str, quotes: Sequence[str]) -> Assessment:
        """How far the quotes, taken together, carry the statement.

        Args:
            statement: what is said.
            quotes: the cited sentences, in the order of their documents.
        """


class ExactVerifier:
    """Looks for what can be found exactly, and asks a model about the rest.

    Verbatim is what one quote, or all of them in order, say word for word. A number, date, quotation or word
    in other than Latin letters that no quote holds, or a negation on one side alone, is no support, whatever
    the model says. Where a name stands in no quote, or a "will" is made of a "may", what the model is sure of
    is carried in part, and nothing else at all. Otherwise the probability decides.
    """

    def __init__(self, entailer: Entailer) -> None:
        self._entailer = entailer

    @property
    def fingerprint(self) -> str:
        """Such as `exact-1 + ` and the model's."""
        return f"exact-1 + {self._entailer.fingerprint}"

    def assess(self, statement: str, quotes: Sequence[str]) -> Assessment:
        """See `Verifier.assess`."""
        claim, told = flatten(plain_signs(statement)), [flatten(plain_signs(quote)) for quote in quotes]
        if _bare(claim) in map(_bare, (*told, " ".join(told))):
            return Assessment(Support.VERBATIM, 1.0)
        contradicted = (
            *missing_figures(claim, told),
            *missing_quotations(claim, told),
            *missing_negation(claim, told),
            *_unread(claim, told),
        )
        lacking = (*missing_names(claim, told), *raised_modality(claim, told))
        if contradicted:
            return Assessment(Support.UNSUPPORTED, 0.0, _once(contradicted + lacking))
        premise = [flatten(quote) for quote in quotes]
        probability = self._entailer.probability(
            figures_as_quoted(flatten(statement), premise), " ".join(premise)
        )
        support = _support(probability, complete=not lacking)
        if support is not Support.SUPPORTED and not lacking:
            lacking = _unsaid(claim, told)
        return Assessment(support, probability, _once(lacking))


def _support(probability: float, complete: bool) -> Support:
    if probability < (PARTLY if complete else SUPPORTED):
        return Support.UNSUPPORTED
    return Support.SUPPORTED if complete and probability >= SUPPORTED else Support.PARTLY


def _unread(claim: str, told: Sequence[str]) -> list[str]:
    """Words that the model cannot read, written otherwise than in Latin letters, and that no quote holds."""
    said = " ".join(told)
    words = (word for word in re.findall(r"[^\W\d_]+", claim) if not all(map(_is_latin, word)))
    return [word for word in words if word not in said]


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def _bare(text: str) -> str:
    return text.rstrip(".")


def _unsaid(claim: str, told: Sequence[str]) -> tuple[str, ...]:
    """Words of the claim that no quote holds."""
    known = content_words(" ".join(told))
    words = (word for word in re.findall(r"\w+(?:[.,'-]\w+)*", claim) if content_words(word) - known)
    return tuple(dict.fromkeys(words))[:NAMED]


def _once(missing: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(missing))
