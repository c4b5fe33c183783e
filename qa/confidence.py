"""Confidence: the reader's logit as the probability that a sentence answers the question."""

import math

# Fitted by logistic regression on development sets, see docs/decisions/0009-confidence.md.
SLOPE = 0.401
INTERCEPT = -1.840


def confidence_of(score: float) -> float:
    """Probability (0–1) that a sentence the reader scores so answers the question.

    Platt: Probabilistic outputs for support vector machines, 1999.
    """
    return 1.0 / (1.0 + math.exp(-(SLOPE * score + INTERCEPT)))


def score_of(confidence: float) -> float:
    """The score that has this confidence (0–1, both excluded)."""
    return (math.log(confidence / (1.0 - confidence)) - INTERCEPT) / SLOPE
