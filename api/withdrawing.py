"""What stays of a kept answer when a document it names is removed: nothing of that document's text.

An answer that cites it, or that a model wrote which had been shown it, is withdrawn: an abstention takes its
place that says which document was removed, and when. Of other answers only the places are taken out at which
the document was found. The question is the user's own and stays.
"""

import datetime as dt
from collections.abc import Collection

from api.schemas import AnswerObject, TraceObject, WithdrawnObject
from ingest.store.connection import Statements
from qa.answers import AbstentionReason
from qa.assessments import Support


def withdraw(connection: Statements, conversation: str, removed: frozenset[str], at: dt.datetime) -> bool:
    """Rewrites a conversation's answers without these documents; returns whether any named them."""
    turns = connection.execute(
        "SELECT ordinal, answer FROM turns WHERE conversation = ? ORDER BY ordinal", (conversation,)
    ).fetchall()
    follows = changed = False
    for ordinal, stored in turns:
        before = AnswerObject.model_validate_json(stored)
        after = without(stand_alone(before) if follows else before, removed, at)
        follows = follows or after.withdrawn is not None
        if after != before:
            changed = True
            update = "UPDATE turns SET answer = ? WHERE conversation = ? AND ordinal = ?"
            connection.execute(update, (after.to_json(), conversation, ordinal))
    return changed


def without(answer: AnswerObject, removed: Collection[str], at: dt.datetime) -> AnswerObject:
    """The answer without what it has of these documents; as it was, if it has nothing of them."""
    shown = {item.document for item in answer.trace.shown}.intersection(removed)
    rests = _cited(answer).intersection(removed)
    if any(claim.support is not Support.VERBATIM for claim in answer.claims):
        rests |= shown  # words of theirs may stand in a claim that cites others
    if rests:
        return _withdrawn(answer, tuple(sorted(rests)), at)
    found = {item.document for item in answer.trace.retrieved}.intersection(removed)
    return _thinned(answer, found | shown) if found or shown else answer


def stand_alone(answer: AnswerObject) -> AnswerObject:
    """The answer to a follow-up without what its question took from answers before it."""
    if answer.trace.query == answer.question:
        return answer
    unanswered = tuple(part for part in answer.unanswered if part in answer.question)
    trace = answer.trace.model_copy(update={"query": answer.question})
    return answer.model_copy(update={"unanswered": unanswered, "trace": trace})


def documents_in(answer: AnswerObject) -> frozenset[str]:
    """Ids of all documents an answer has something of."""
    trace = answer.trace
    return (
        _cited(answer) | {item.document for item in trace.shown} | {each.document for each in trace.retrieved}
    )


def _cited(answer: AnswerObject) -> frozenset[str]:
    cited = (*answer.nearest, *(citation for claim in answer.claims for citation in claim.citations))
    return frozenset(citation.document.id for citation in cited)


def _thinned(answer: AnswerObject, removed: Collection[str]) -> AnswerObject:
    trace = answer.trace
    shown = tuple(item for item in trace.shown if item.document not in removed)
    update = {
        "retrieved": tuple(item for item in trace.retrieved if item.document not in removed),
        "shown": shown,
        # Proposed by whoever had been shown the document.
        "withheld": trace.withheld if len(shown) == len(trace.shown) else (),
    }
    retrieved = tuple(item for item in answer.retrieved if item.document not in removed)
    return answer.model_copy(update={"retrieved": retrieved, "trace": trace.model_copy(update=update)})


def _withdrawn(answer: AnswerObject, documents: tuple[str, ...], at: dt.datetime) -> AnswerObject:
    trace = answer.trace
    return AnswerObject(
        outcome="abstention",
        question=answer.question,
        answer="",
        confidence=0.0,
        claims=(),
        retrieved=(),
        disagreements=(),
        reason=AbstentionReason.NOT_ANSWERED,
        nearest=(),
        notice=f"withdrawn on {at:%Y-%m-%d}: it rested on {', '.join(documents)}, which was removed",
        withdrawn=WithdrawnObject(documents=documents, at=at),
        trace=TraceObject(
            query=answer.question,
            retrieved=(),
            shown=(),
            withheld=(),
            index=trace.index,
            reader=trace.reader,
            generator=trace.generator,
            verifier=trace.verifier,
            durations=trace.durations,
        ),
    )
