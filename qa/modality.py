"""Negation and modality: whether a statement denies, or asserts, more than the sentences it cites."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from qa.clauses import PLAIN, Clause, clauses_of

NEGATION = "negation"
_UNDOING = ("un", "in", "im", "non", "dis", "ir", "il")


def missing_negation(statement: str, quotes: Sequence[str]) -> list[str]:
    """`negation`, if one was dropped or added: the other side says the same word without it.

    Only what is denied outright counts; whether "refused to sign" is "did not sign" is left to the model.

    Both are taken with plain signs (`qa.wording.plain_signs`).
    """
    claimed = list(clauses_of(statement))
    told = list(chain.from_iterable(map(clauses_of, quotes)))
    dropped = _denied(told) & _affirmed(claimed) - _affirmed(told) - _doubtful(claimed)
    added = _denied(claimed) - _doubtful(told)
    heard = added & _words(told)
    unheard = not any(clause.may_deny for clause in told) and _unprefixed(added, _words(told))
    return [NEGATION] if dropped or heard or unheard else []


def raised_modality(statement: str, quotes: Sequence[str]) -> list[str]:
    """Where the statement is surer or more binding than the quotes: `may/will`, `may` if it says it plainly.

    Both are taken with plain signs (`qa.wording.plain_signs`).
    """
    claimed = list(clauses_of(statement))
    by_quote = [list(clauses_of(quote)) for quote in quotes]
    told = list(chain.from_iterable(by_quote))
    if raised := _raised(claimed, told):
        return [raised]
    binding = next((clause.binding for clause in claimed if clause.binding), "")
    sure = next((clause.sure for clause in claimed if clause.sure), "")
    if binding and not any(clause.duty for clause in told):
        return [_beside(by_quote, binding)]
    hedged_only = all(any(clause.hedge for clause in quote) for quote in by_quote)
    if sure and hedged_only and not any(clause.strong for clause in told):
        return [_beside(by_quote, sure)]
    return []


def _beside(by_quote: Sequence[Sequence[Clause]], strong: str) -> str:
    """Such as `may/must`; `must` where no quote hedges."""
    hedges = (clause.hedge for quote in by_quote for clause in quote if clause.hedge)
    return "/".join([*islice(hedges, 1), strong])


def _raised(claimed: Iterable[Clause], told: Sequence[Clause]) -> str:
    """The hedge of a word that the statement says more surely than any quote does."""
    hedged = {certainty: _only_hedged(told, certainty) for certainty in range(2, PLAIN + 1)}
    for clause in claimed:
        hedges = hedged.get(clause.certainty, {})
        for word in clause.words & hedges.keys():
            return f"{hedges[word]}/{clause.strong}" if clause.strong else hedges[word]
    return ""


def _only_hedged(told: Sequence[Clause], certainty: int) -> dict[str, str]:
    """Words that are said with less than this certainty alone, each with its hedge."""
    surer = _words(clause for clause in told if clause.certainty >= certainty)
    less = (clause for clause in told if clause.certainty < certainty)
    return {word: clause.hedge for clause in less for word in clause.hedged - surer}


def _words(clauses: Iterable[Clause]) -> set[str]:
    return {word for clause in clauses for word in clause.words}


def _denied(clauses: Iterable[Clause]) -> set[str]:
    return {word for clause in clauses if clause.denies for word in clause.denied}


def _affirmed(clauses: Iterable[Clause]) -> set[str]:
    return _words(clause for clause in clauses if not clause.may_deny)


def _doubtful(clauses: Iterable[Clause]) -> set[str]:
    return _words(clause for clause in clauses if clause.may_deny)


def _unprefixed(denied: Iterable[str], told: set[str]) -> set[str]:
    """The denied words of which the quotes do not say "un-"."""
    return {word for word in denied if not any(prefix + word in told for prefix in _UNDOING)}
