"""Confidence: does it tell right from wrong, and does it mean what it says.

Confidences lie in [0, 1] for `calibration_error` and `brier`; any number that orders will do for
`auroc` and `aurc`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Chance that a positive scores above a negative, ties counted half, 0–1; None if either is empty.

    Hanley, McNeil: The meaning and use of the area under a ROC curve, Radiology 1982.
    """
    if not positive or not negative:
        return None
    ascending = np.sort(_floats(negative))
    below, not_above = (np.searchsorted(ascending, positive, side=side) for side in ("left", "right"))
    return float((below + not_above).sum() / (2 * len(positive) * len(negative)))


def aurc(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Area under the risk-coverage curve, 0–1, lower is better; None for no answers.

    The mean, over coverages 1/n, 2/n … 1, of the share of wrong answers among the most confident
    ones. Equal confidences are taken in random order, of which this is the expectation, so that the
    order of the answers does not matter. Geifman, El-Yaniv: Selective classification for deep neural
    networks, NeurIPS 2017; Geifman, Uziel, El-Yaniv: Bias-reduced uncertainty estimation, ICLR 2019.
    """
    believed, wrong = _paired(confidences, right, positive=False)
    if not believed.size:
        return None
    _, group, sizes = np.unique(-believed, return_inverse=True, return_counts=True)
    shares = np.bincount(group, weights=wrong) / sizes
    expected = np.repeat(shares, sizes)  # chance of being wrong, most confident first
    return float((expected.cumsum() / np.arange(1, believed.size + 1)).mean())


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = 10) -> float | None:
    """Expected calibration error, 0–1, lower is better; None for no answers.

    The distance of mean confidence from the share that is right, in `bins` intervals (low, high] of
    equal width, weighted by their answers; confidence 0 belongs to the first. Naeini, Cooper,
    Hauskrecht, AAAI 2015; Guo, Pleiss, Sun, Weinberger: On calibration of modern neural networks,
    ICML 2017, who use 15.

    Raises:
        ValueError: for a confidence outside [0, 1], or fewer than one bin.
    """
    believed, hits = _probabilities(confidences, right)
    if bins < 1:
        raise ValueError(f"bins must be at least 1, got {bins}")
    if not believed.size:
        return None
    bin_of = np.searchsorted(np.arange(1, bins) / bins, believed, side="left")
    return float(np.abs(np.bincount(bin_of, weights=believed - hits)).sum() / believed.size)


def brier(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean squared distance of confidence from 1 if right, else 0; 0–1, lower is better; None for none.

    Brier: Verification of forecasts expressed in terms of probability, Monthly Weather Review 1950,
    in its form for two outcomes.

    Raises:
        ValueError: for a confidence outside [0, 1].
    """
    believed, hits = _probabilities(confidences, right)
    return float(((believed - hits) ** 2).mean()) if believed.size else None


def _probabilities(confidences: Sequence[float], right: Sequence[bool]) -> tuple[_Floats, _Floats]:
    believed, hits = _paired(confidences, right)
    if not np.all((believed >= 0) & (believed <= 1)):
        raise ValueError("confidences must lie in [0, 1]")
    return believed, hits


def _paired(
    confidences: Sequence[float], right: Sequence[bool], *, positive: bool = True
) -> tuple[_Floats, _Floats]:
    """Confidences, and 1 wherever `right` is `positive`."""
    if len(confidences) != len(right):
        raise ValueError(f"{len(confidences)} confidences for {len(right)} answers")
    return _floats(confidences), _floats([flag is positive for flag in right])


def _floats(values: Sequence[float]) -> _Floats:
    return np.asarray(values, dtype=np.float64)
