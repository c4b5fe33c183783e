"""The reader as a torch module: a BERT over question and window, three linear heads on its states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from training.carried import Array, dequantised_weights
from training.encoder import encode_states

HEADS = 12
LAYERS = 12
START_STRENGTH = 0.25  # of the cross-encoder's logit (about -11 to 11) in the first log-odds
SMALL = 0.02


@dataclass(frozen=True, slots=True)
class Scores:
    """What the reader says. B windows, S sentences, T tokens.

    Attributes:
        sentences: (B, S), larger is likelier to answer.
        null: (B,), that no sentence does.
        span: (B, T, 2), logits of the first and the last token of the short answer.
    """

    sentences: Tensor
    null: Tensor
    span: Tensor

    @property
    def log_odds(self) -> Tensor:
        """(B, S): of each sentence against nothing in its window; comparable across windows."""
        return self.sentences - self.null[:, None]


def empty_encoder() -> BertModel:
    """A BERT of the carried cross-encoder's width with weights drawn at random.

    Dropout is off: a training set is seen about once, and drawing the masks takes a CPU as long as the
    passes through the network.
    """
    return BertModel(
        BertConfig(
            hidden_size=384,
            num_hidden_layers=LAYERS,
            num_attention_heads=HEADS,
            intermediate_size=1536,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
    )


class ReaderModel(nn.Module):
    """`[CLS] question [SEP] window [SEP]` to scores; `dtype` is that of the hidden states."""

    def __init__(self, dtype: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        self.dtype = dtype
        self.bert = empty_encoder()
        width = self.bert.config.hidden_size
        self.sentence = nn.Linear(2 * width, 1)
        self.null = nn.Linear(width, 1)
        self.span = nn.Linear(width, 2)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor, pooling: Tensor) -> Scores:
        """Shapes as in `training.encoding.Batch`."""
        tokens = encode_states(self.bert, ids, types, mask, self.dtype).float()
        whole: Tensor = cast("nn.Module", self.bert.pooler)(tokens)
        means = pooling @ tokens
        repeated = whole[:, None].expand(-1, means.shape[1], -1)
        sentences = self.sentence(torch.cat([means, repeated], dim=2)).squeeze(2)
        return Scores(sentences, self.null(whole).squeeze(1), self.span(tokens))


def fresh_model(seed: int) -> ReaderModel:
    """The carried cross-encoder under new heads; word embeddings are kept as they are.

    Its relevance logit becomes the log-odds of every sentence of a window, so that null is right about
    foreign passages from the first step on.
    """
    torch.manual_seed(seed)
    model = ReaderModel()
    weights = dequantised_weights()
    fill_encoder(
        model.bert,
        {name.removeprefix("bert."): value for name, value in weights.items() if name.startswith("bert.")},
    )
    classifier = [torch.from_numpy(weights[f"classifier.{part}"]) for part in ("weight", "bias")]
    _start_heads(model, *classifier)
    return model


def fill_encoder(bert: BertModel, weights: Mapping[str, Array]) -> None:
    """Gives an encoder its weights, by their names in a `BertModel`; word embeddings will stay as they are.

    Raises:
        ValueError: if some are missing or too many.
    """
    tensors = {name: torch.from_numpy(value) for name, value in weights.items()}
    missing, unexpected = bert.load_state_dict(tensors, strict=False)
    if missing or unexpected:
        raise ValueError(f"weights do not fit: missing {missing}, unexpected {unexpected}")
    bert.embeddings.word_embeddings.weight.requires_grad_(False)


def _start_heads(model: ReaderModel, weight: Tensor, bias: Tensor) -> None:
    half = START_STRENGTH / 2
    width = weight.shape[1]
    with torch.no_grad():
        for head in (model.sentence, model.span):
            head.weight.normal_(0, SMALL)
            head.bias.zero_()
        model.sentence.weight[:, width:] = half * weight
        model.sentence.bias.copy_(half * bias)
        model.null.weight.copy_(-half * weight)
        model.null.bias.copy_(-half * bias)
