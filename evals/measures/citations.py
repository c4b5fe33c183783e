"""Citations: whether quotes are exact, and whether the cited sentences are the gold ones.

Precision and recall of citations follow Gao, Yen, Yu, Chen: Enabling large language models to
generate text with citations, EMNLP 2023; here gold sentences judge, not an entailment model.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from evals.measures.places import Place, covers


class CitationScores(NamedTuple):
    """How cited sentences compare with one gold set.

    Attributes:
        precision: share of the citations that match a gold sentence, 0–1; None where nothing is cited.
        recall: share of the gold sentences that a citation matches, 0–1.
        f1: harmonic mean of both, 0–1; 0 where nothing is cited.
    """

    precision: float | None
    recall: float
    f1: float


def citation_exactness(citations: Sequence[tuple[Place, str]], texts: Mapping[str, str]) -> float | None:
    """Share of the citations whose quote equals the stored text at its span, 0–1; None without any.

    A citation of a document that is not stored, or past its end, is not exact. The project's own
    measure, after the verbatim citations of Menick et al.: Teaching language models to support
    answers with verified quotes, 2022.

    Args:
        citations: places with their quotes.
        texts: stored text of each document, by id.
    """
    if not citations:
        return None
    return sum(_is_exact(place, quote, texts) for place, quote in citations) / len(citations)


def citation_scores(cited: Sequence[Place], gold_sets: Sequence[Sequence[Place]]) -> CitationScores | None:
    """Precision, recall and F1 against the alternative gold set with the best F1.

    Of sets with equal F1 the one with the better recall. A citation that occurs twice counts twice.
    None where no gold set holds a sentence. Gao et al., EMNLP 2023; F1 after
    van Rijsbergen: Information retrieval, 1979.
    """
    against = [_against(cited, gold) for gold in gold_sets if gold]
    return max(against, key=lambda scores: (scores.f1, scores.recall), default=None)


def first_citation(cited: Sequence[Place], gold_sets: Sequence[Sequence[Place]]) -> float | None:
    """1 if the first citation matches a sentence of any gold set, else 0; also 0 if nothing is cited.

    None where no gold set holds a sentence. The project's own measure: precision at 1 of citations.
    """
    gold = [sentence for gold_set in gold_sets for sentence in gold_set]
    if not gold:
        return None
    return float(any(covers(place, sentence) for place in cited[:1] for sentence in gold))


def _is_exact(place: Place, quote: str, texts: Mapping[str, str]) -> bool:
    document, span = place
    text = texts.get(document, "")
    return span.end <= len(text) and span.cut(text) == quote


def _against(cited: Sequence[Place], gold: Sequence[Place]) -> CitationScores:
    if not cited:
        return CitationScores(None, 0.0, 0.0)
    precision = sum(any(covers(place, sentence) for sentence in gold) for place in cited) / len(cited)
    recall = sum(any(covers(place, sentence) for place in cited) for sentence in gold) / len(gold)
    both = precision + recall
    return CitationScores(precision, recall, 2 * precision * recall / both if both else 0.0)
