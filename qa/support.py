"""Support: does a cited sentence carry a statement?"""

import re
from collections.abc import Sequence
from typing import Protocol

from qa.answers import Support
from qa.wording import content_words, flatten

# Chosen on the development half of AttributionBench, see docs/decisions/0010-support.md.
COVERAGE = 0.8
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|never|none|neither|nor|without|cannot|\w+n't)\b", re.IGNORECASE)


class Verifier(Protocol):
    """Judges whether quotes carry a statement."""

    def support(self, statement: str, quotes: Sequence[str]) -> Support:
        """How far the quotes, taken together, carry the statement."""


class LexicalVerifier:
    """Carried is what the quotes say in nearly the same words.

    Strict on what readers are misled by: every number of the statement must stand in the quotes,
    and a negation on one side only is no support.

    Args:
        coverage: share (0–1) of the statement's content words that the quotes must hold.
    """

    def __init__(self, coverage: float = COVERAGE) -> None:
        self._coverage = coverage

    def support(self, statement: str, quotes: Sequence[str]) -> Support:
        """See `Verifier.support`."""
        if any(flatten(quote) == flatten(statement) for quote in quotes):
            return Support.VERBATIM
        quoted = " ".join(quotes)
        agree = _numbers(statement) <= _numbers(quoted) and _negated(statement) == _negated(quoted)
        words = content_words(statement)
        covered = len(words & content_words(quoted)) / len(words) if words else 0.0
        return Support.SUPPORTED if agree and covered >= self._coverage else Support.UNSUPPORTED


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.replace(",", "") for number in _NUMBER.findall(text))


def _negated(text: str) -> bool:
    return _NEGATION.search(text) is not None
