"""The entailment model as a torch module: a BERT over claim and premise, one linear head on its pooled state."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.carried import Array, reader_weights
from training.encoder import encode_states
from training.model import LAYERS, SMALL, empty_encoder, fill_encoder

CLASSES = ("supported", "contradicted", "not enough")


class SupportModel(nn.Module):
    """`[CLS] claim [SEP] premise [SEP]` to a logit for each of `CLASSES`; `dtype` is that of the hidden states."""

    def __init__(self, layers: int = LAYERS, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.dtype = dtype
        self.bert = empty_encoder(layers)
        self.verdict = nn.Linear(self.bert.config.hidden_size, len(CLASSES))

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Logits (B, 3); inputs are (B, T)."""
        tokens = encode_states(self.bert, ids, types, mask, self.dtype)
        pooled: Tensor = cast("nn.Module", self.bert.pooler)(tokens[:, :1].float())
        return cast("Tensor", self.verdict(pooled))


def fresh_support_model(seed: int, weights: Mapping[str, Array] | None = None, layers: int = LAYERS) -> SupportModel:
    """The reader's encoder, or another's, under a new head.

    Args:
        seed: of the head.
        weights: by their names in a `BertModel` of `LAYERS` layers.
        layers: how many of them to keep, evenly spread, the last one always.
    """
    torch.manual_seed(seed)
    model = SupportModel(layers)
    fill_encoder(model.bert, thinned(reader_weights() if weights is None else weights, layers))
    with torch.no_grad():
        model.verdict.weight.normal_(0, SMALL)
        model.verdict.bias.zero_()
    return model


def thinned(weights: Mapping[str, Array], layers: int) -> dict[str, Array]:
    """The weights of an encoder with only every so many of its layers, numbered anew."""
    stride = LAYERS // layers
    found = {}
    for name, value in weights.items():
        if layer := re.match(r"encoder\.layer\.(\d+)\.", name):
            number = int(layer.group(1)) + 1
            if number % stride == 0:
                found[f"encoder.layer.{number // stride - 1}.{name[layer.end() :]}"] = value
        else:
            found[name] = value
    return found


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
    """Cross-entropy with the judges' shares; where nobody told why a claim is unsupported, either reason will do.

    The sum over classes inside the logarithm: Jin, Ghahramani: Learning with multiple labels, NeurIPS 2002.
    """
    chances = functional.log_softmax(logits, dim=1)
    wrong = chances[:, 1:].masked_fill(~verdicts.open, -1e4).logsumexp(dim=1)
    return -(verdicts.support * chances[:, 0] + (1 - verdicts.support) * wrong).mean()
