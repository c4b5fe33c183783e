"""Grounding: every statement of a draft becomes a claim on sentences that were shown, or is withheld."""

from collections.abc import Iterable, Iterator

from qa.answers import Claim, Support, Withheld, WithheldReason, cite
from qa.drafts import Evidence, Statement
from qa.support import Verifier
from qa.wording import flatten


def ground(
    statements: Iterable[Statement], evidence: Evidence, verifier: Verifier
) -> Iterator[Claim | Withheld]:
    """One claim or withheld statement per proposed statement, in their order, each as soon as it is proposed.

    A statement that points at any handle nobody was shown is withheld whole: a generator that
    invents a source cannot be trusted with the sentence it hangs on it.
    """
    said: set[str] = set()
    for statement in statements:
        outcome = _ground(statement, evidence, verifier, said)
        if isinstance(outcome, Claim):
            said.add(_key(outcome.text))
        yield outcome


def _ground(statement: Statement, evidence: Evidence, verifier: Verifier, said: set[str]) -> Claim | Withheld:
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
    support = verifier.support(statement.text, [shown.sentence.text for shown in cited])
    if support is Support.UNSUPPORTED:
        return Withheld(statement, WithheldReason.UNSUPPORTED)
    citations = tuple(cite(shown.document, shown.sentence) for shown in cited)
    return Claim(statement.text, support, citations, statement.highlight)


def _key(text: str) -> str:
    return flatten(text).casefold()
