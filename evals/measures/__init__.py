"""Measures: small pure functions over what was said, cited, retrieved and believed.

    ranking     nDCG, Hit, Recall and reciprocal rank at a depth
    texts       exact match, token F1 and contained answers, also with questions nobody can answer
    citations   exact quotes; precision, recall and F1 of cited sentences; the first citation
    abstention  precision, recall and F1 of abstaining; false refusals
    confidence  AUROC, area under the risk-coverage curve, calibration error, Brier score
    latency     percentiles
    statistics  means with their n, bootstrap intervals, paired differences with a p-value
    places      what a citation points at, and when it matches a gold sentence

Where a measure does not apply it is None, never 0, and `mean` says how many values it is a mean of.
Shares lie in [0, 1]; higher is better except for `false_refusal`, `says_wrong`, `aurc`,
`calibration_error` and `brier`.
"""

from evals.measures.abstention import (
    abstention_f1,
    abstention_precision,
    abstention_recall,
    false_refusal,
)
from evals.measures.citations import CitationScores, citation_exactness, citation_scores, first_citation
from evals.measures.confidence import aurc, auroc, brier, calibration_error
from evals.measures.latency import Latency, latency, percentile
from evals.measures.places import Place, covers, sentence_ranking
from evals.measures.ranking import hit, ndcg, recall, reciprocal_rank
from evals.measures.statistics import (
    Difference,
    Interval,
    mean,
    mean_interval,
    paired_difference,
    run_difference,
    run_interval,
)
from evals.measures.texts import (
    all_right,
    contains_gold,
    exact_match,
    normalise,
    says_wrong,
    squad2_exact,
    squad2_f1,
    token_f1,
)

__all__ = [
    "CitationScores",
    "Difference",
    "Interval",
    "Latency",
    "Place",
    "abstention_f1",
    "abstention_precision",
    "abstention_recall",
    "all_right",
    "aurc",
    "auroc",
    "brier",
    "calibration_error",
    "citation_exactness",
    "citation_scores",
    "contains_gold",
    "covers",
    "exact_match",
    "false_refusal",
    "first_citation",
    "hit",
    "latency",
    "mean",
    "mean_interval",
    "ndcg",
    "normalise",
    "paired_difference",
    "percentile",
    "recall",
    "reciprocal_rank",
    "run_difference",
    "run_interval",
    "says_wrong",
    "sentence_ranking",
    "squad2_exact",
    "squad2_f1",
    "token_f1",
]
