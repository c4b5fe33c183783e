"""What the reader is trained to minimise."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.model import Scores

TEMPERATURE = 2.0
FAR_BELOW = -1e4  # stands for minus infinity where gradients must stay finite
BINARY_WEIGHT = 0.5
SPAN_WEIGHT = 0.5
TEACHER_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Targets:
    """What is right; shapes as in `training.encoding.Batch`."""

    present: Tensor
    golds: Tensor
    spans: Tensor
    teacher: Tensor
    readable: Tensor  # (B, T): tokens that belong to a sentence


@dataclass(frozen=True, slots=True)
class Losses:
    """Parts of the loss, each a mean over the windows it applies to."""

    choice: Tensor
    binary: Tensor
    span: Tensor
    teacher: Tensor

    @property
    def total(self) -> Tensor:
        """The weighted sum."""
        return (
            self.choice
            + BINARY_WEIGHT * self.binary
            + SPAN_WEIGHT * self.span
            + TEACHER_WEIGHT * self.teacher
        )


def losses(scores: Scores, targets: Targets) -> Losses:
    """All parts for one batch."""
    return Losses(
        _choice(scores, targets), _binary(scores, targets), _span(scores, targets), _teacher(scores, targets)
    )


def _choice(scores: Scores, targets: Targets) -> Tensor:
    """Cross-entropy of the softmax over null and sentences; of several golds any will do.

    The sum over right choices inside the logarithm: Kadlec, Schmid, Bajgar, Kleindienst: Text
    understanding with the attention sum reader network, ACL 2016.
    """
    offered = scores.sentences.masked_fill(~targets.present, FAR_BELOW)
    logits = torch.cat([scores.null[:, None], offered], dim=1)
    nothing = ~targets.golds.any(dim=1, keepdim=True)
    right = torch.cat([nothing, targets.golds], dim=1)
    good = logits.masked_fill(~right, FAR_BELOW).logsumexp(dim=1)
    return (logits.logsumexp(dim=1) - good).mean()


def _binary(scores: Scores, targets: Targets) -> Tensor:
    """Cross-entropy of every sentence against nothing, each by itself."""
    each = functional.binary_cross_entropy_with_logits(
        scores.log_odds, targets.golds.float(), reduction="none"
    )
    return (each * targets.present).sum() / targets.present.sum().clamp(min=1)


def _span(scores: Scores, targets: Targets) -> Tensor:
    """Cross-entropy of first and last token of the short answer, where there is one.

    Devlin, Chang, Lee, Toutanova: BERT, NAACL 2019, section 4.2.
    """
    logits = scores.span.masked_fill(~targets.readable[:, :, None], FAR_BELOW)
    if not (targets.spans >= 0).any():
        return logits.new_zeros(())
    return functional.cross_entropy(logits, targets.spans, ignore_index=-1)


def _teacher(scores: Scores, targets: Targets) -> Tensor:
    """Divergence from the teacher's choice among the sentences of a window.

    Hinton, Vinyals, Dean: Distilling the knowledge in a neural network, 2015; the factor T² keeps the
    gradient's size independent of the temperature.
    """
    asked = ~targets.teacher.isnan().all(dim=1) & (targets.present.sum(dim=1) > 1)
    if not asked.any():
        return scores.null.new_zeros(())
    absent = ~targets.present[asked]
    taught = targets.teacher[asked].masked_fill(absent, FAR_BELOW) / TEMPERATURE
    said = scores.sentences[asked].masked_fill(absent, FAR_BELOW) / TEMPERATURE
    divergence = functional.kl_div(
        said.log_softmax(dim=1), taught.log_softmax(dim=1), reduction="batchmean", log_target=True
    )
    return divergence * TEMPERATURE**2
