"""The entailment model as a torch module: a BERT over claim and premise, one linear head."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.carried import Array, reader_weights
from training.encoder import encode_states
from training.model import SMALL, empty_encoder, fill_encoder

CLASSES = ("supported", "contradicted", "not enough")


class SupportModel(nn.Module):
    """`[CLS] claim [SEP] premise [SEP]` to logits of `CLASSES`; `dtype` is that of the hidden states."""

    def __init__(self, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.dtype = dtype
        self.bert = empty_encoder()
        self.verdict = nn.Linear(self.bert.config.hidden_size, len(CLASSES))

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Logits (B, 3); inputs are (B, T)."""
        tokens = encode_states(self.bert, ids, types, mask, self.dtype)
        pooled: Tensor = cast("nn.Module", self.bert.pooler)(tokens[:, :1].float())
        return cast("Tensor", self.verdict(pooled))


def fresh_support_model(seed: int, weights: Mapping[str, Array] | None = None) -> SupportModel:
    """An encoder under a new head.

    Args:
        seed: of the head.
        weights: of the encoder by their names in a `BertModel`; the reader's if none are given.
    """
    torch.manual_seed(seed)
    model = SupportModel()
    fill_encoder(model.bert, reader_weights() if weights is None else weights)
    with torch.no_grad():
        model.verdict.weight.normal_(0, SMALL)
        model.verdict.bias.zero_()
    return model


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is right of B pairs.

    Attributes:
        support: (B,), share of judges who found the claim supported.
        open: (B, 2) booleans: which of "contradicted" and "not enough" an unsupported claim may be.
    """

    support: Tensor
    open: Tensor


def verdict_loss(logits: Tensor, verdicts: Verdicts) -> Tensor:
    """Cross-entropy with the judges' shares.

    Where nobody told why a claim is unsupported, either reason will do: the sum over classes inside the
    logarithm. Jin, Ghahramani: Learning with multiple labels, NeurIPS 2002.
    """
    chances = functional.log_softmax(logits, dim=1)
    wrong = chances[:, 1:].masked_fill(~verdicts.open, -1e4).logsumexp(dim=1)
    return -(verdicts.support * chances[:, 0] + (1 - verdicts.support) * wrong).mean()
