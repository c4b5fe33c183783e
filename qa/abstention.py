"""Abstaining: why there is no claim."""

from qa.answers import AbstentionReason, Trace
from qa.drafts import Evidence
from qa.premise import presumes_otherwise
from qa.topic import is_on_topic
from qa.writing import Written

LIKELIEST = 6  # sentences looked at for what the question presumes


def reason_of(evidence: Evidence, written: Written | None, trace: Trace) -> AbstentionReason:
    """Why nothing was claimed.

    Args:
        evidence: what was shown.
        written: what became of it; None if no generator was asked.
        trace: how it came about.
    """
    if not evidence:
        return AbstentionReason.NOTHING_RETRIEVED
    if written is None:
        return _unanswered(evidence, trace)
    if written.drafting.failure:
        return AbstentionReason.FAILED
    return AbstentionReason.ALL_WITHHELD if written.outcomes else AbstentionReason.DECLINED


def _unanswered(evidence: Evidence, trace: Trace) -> AbstentionReason:
    texts = [shown.sentence.text for shown in evidence]
    if not is_on_topic(trace.query, trace.retrieved, texts):
        return AbstentionReason.OFF_TOPIC
    if presumes_otherwise(trace.query, _best_passage(evidence, trace), texts[:LIKELIEST]):
        return AbstentionReason.PRESUMED
    return AbstentionReason.NOT_ANSWERED


def _best_passage(evidence: Evidence, trace: Trace) -> str:
    """The text of the first passage of the best sentence's document, below title and heading."""
    document = evidence.shown[0].document
    passage = next(found.passage for found in trace.retrieved if found.passage.document_id == document.id)
    return f"{passage.context}\n{passage.span.cut(document.text)}"
