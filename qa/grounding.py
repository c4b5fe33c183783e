"""Grounding: every statement of a draft becomes a claim on sentences that were shown, or is withheld."""

from collections.abc import Iterable, Iterator

from qa.answers import Claim, Withheld, WithheldReason, cite
from qa.assessments import Support, SupportPolicy
from qa.drafts import Evidence, Shown, Statement
from qa.support import Verifier
from qa.wording import flatten


def ground(
    statements: Iterable[Statement],
    evidence: Evidence,
    verifier: Verifier,
    policy: SupportPolicy = SupportPolicy.WITHHOLD,
) -> Iterator[Claim | Withheld]:
    """One claim or withheld statement per proposed statement, in their order, each as soon as it is proposed.

    A statement that points at any handle nobody was shown is withheld whole: a generator that
    invents a source cannot be trusted with the sentence it hangs on it. `policy` says what becomes of
    statements that the sentences they cite carry in part or not at all.
    """
    said: set[str] = set()
    for statement in statements:
        outcome = _ground(statement, evidence, verifier, policy, said)
        if isinstance(outcome, Claim):
            said.add(_key(outcome.text))
        yield outcome


def _ground(
    statement: Statement, evidence: Evidence, verifier: Verifier, policy: SupportPolicy, said: set[str]
) -> Claim | Withheld:
    handles = tuple(dict.fromkeys(statement.handles))
    cited = [shown for handle in handles if (shown := evidence.get(handle))]
    if not statement.text.strip():
        return Withheld(statement, WithheldReason.EMPTY)
    if not handles:
        return Withheld(statement, WithheldReason.NO_CITATION)
    if len(cited) < len(handles):
        return Withheld(statement, WithheldReason.NOT_SHOWN)
    if _key(statement.text) in said:
        return Withheld(statement, WithheldReason.REPEATED)
    return _judged(statement, cited, verifier, policy)


def _judged(
    statement: Statement, cited: list[Shown], verifier: Verifier, policy: SupportPolicy
) -> Claim | Withheld:
    told = verifier.assess(statement.text, [shown.sentence.text for shown in _as_they_stand(cited)])
    if not policy.keeps(told.support):
        partly = told.support is Support.PARTLY
        reason = WithheldReason.PARTLY if partly else WithheldReason.UNSUPPORTED
        return Withheld(statement, reason, told.missing)
    citations = tuple(cite(shown.document, shown.sentence) for shown in cited)
    return Claim(statement.text, told.support, citations, statement.highlight, told.score, told.missing)


def _as_they_stand(cited: list[Shown]) -> list[Shown]:
    """In the order of their documents, the documents as they were cited."""
    documents = [shown.document.id for shown in cited]
    return sorted(cited, key=lambda shown: (documents.index(shown.document.id), shown.sentence.ordinal))


def _key(text: str) -> str:
    return flatten(text).casefold()
