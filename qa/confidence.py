"""Confidence: the reader's logit as the probability that a sentence answers the question."""

import math

# Fitted by logistic regression on development sets, see docs/decisions/0009-threshold.md.
SLOPE = 0.5
INTERCEPT = 0.0


def confidence_of(score: float) -> float:
    """Probability (0–1) that the best sentence, scored so by the reader, answers.

    Platt: Probabilistic outputs for support vector machines, 1999.
    """
    return 1.0 / (1.0 + math.exp(-(SLOPE * score + INTERCEPT)))
