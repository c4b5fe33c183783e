"""Abstention: does the assistant hold back from the questions that nobody can answer, and only those.

Each function takes, question by question, whether it was abstained from and whether the documents
answer it. Definitions as in Wen et al.: Know your limits: a survey of abstention in large language
models, TACL 2025.
"""

from collections.abc import Sequence


def abstention_precision(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Share of the abstentions that were right, 0–1; None without abstentions. Wen et al. 2025."""
    return _share([not can for held, can in zip(abstained, answerable, strict=True) if held])


def abstention_recall(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Share of the unanswerable questions abstained from, 0–1; None without any. Wen et al. 2025."""
    return _share([held for held, can in zip(abstained, answerable, strict=True) if not can])


def abstention_f1(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Harmonic mean of precision and recall of abstaining, 0–1; None without unanswerable questions.

    Computed as 2·right / (abstentions + unanswerable), so 0 where none was abstained from. Van
    Rijsbergen: Information retrieval, 1979.
    """
    right = sum(held and not can for held, can in zip(abstained, answerable, strict=True))
    unanswerable = len(answerable) - sum(answerable)
    return 2 * right / (sum(abstained) + unanswerable) if unanswerable else None


def false_refusal_rate(abstained: Sequence[bool], answerable: Sequence[bool]) -> float | None:
    """Share of the answerable questions abstained from, 0–1, lower is better; None without any.

    Named after Röttger et al.: XSTest, NAACL 2024; over-abstention in Wen et al. 2025.
    """
    return _share([held for held, can in zip(abstained, answerable, strict=True) if can])


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None
