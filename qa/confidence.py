"""Confidence: what readers and retriever say of a sentence, as the probability that it answers."""

import math

from qa.answers import ScoredPassage

# Chosen and fitted on development questions, see docs/decisions/0009-confidence.md.
OPINION = 0.2  # log-odds a logit of the second reader is worth
SIMILARITY = 6.0  # log-odds a cosine similarity of 1 is worth
FUSION = 15.0  # log-odds a fused score of 1 is worth; first in both lists is 0.18
SLOPE = 0.460
INTERCEPT = -2.250


def weigh(score: float, opinion: float, passage: ScoredPassage) -> float:
    """A sentence's log-odds, weighed by the second reader's logit and by how its passage was found."""
    similarity = passage.dense.score if passage.dense else 0.0
    return score + OPINION * opinion + SIMILARITY * similarity + FUSION * passage.score


def confidence_of(score: float) -> float:
    """Probability (0–1) that a sentence with this weighed score answers the question.

    Platt: Probabilistic outputs for support vector machines, 1999.
    """
    return 1.0 / (1.0 + math.exp(-(SLOPE * score + INTERCEPT)))
