"""The forward pass of a BERT in bfloat16 throughout, for CPUs.

Autocast would bring every layer norm and softmax back to 32 bits and copy to and fro, which takes as long
as the multiplications. Weights stay in 32 bits and are rounded where they are used, so that small steps
of the optimiser are not lost. Micikevicius et al.: Mixed precision training, ICLR 2018, section 3.1.
"""

import math
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel
from transformers.models.bert.modeling_bert import BertCrossAttention, BertLayer, BertSelfAttention

Attention = BertSelfAttention | BertCrossAttention  # alike in what is used here

MASKED = -1e4  # added to attention scores of padding; within bfloat16's range, and 0 after the softmax


def encode_states(bert: BertModel, ids: Tensor, types: Tensor, mask: Tensor, dtype: torch.dtype) -> Tensor:
    """Last hidden states (B, T, width) in `dtype`; inputs are (B, T)."""
    hidden: Tensor = bert.embeddings(input_ids=ids, token_type_ids=types).to(dtype)
    heads = bert.config.num_attention_heads
    masked = ((1 - mask) * MASKED).to(dtype)[:, None].expand(-1, heads, -1).reshape(-1, 1, mask.shape[1])
    for layer in bert.encoder.layer:
        hidden = _layer(cast("BertLayer", layer), hidden, masked, heads)
    return hidden


def _layer(layer: BertLayer, hidden: Tensor, masked: Tensor, heads: int) -> Tensor:
    attention = layer.attention
    context = _attend(attention.self, hidden, masked, heads)
    attended = _norm(attention.output.LayerNorm, hidden + _linear(attention.output.dense, context))
    widened = functional.gelu(_linear(layer.intermediate.dense, attended))
    return _norm(layer.output.LayerNorm, attended + _linear(layer.output.dense, widened))


def _attend(
    own: BertCrossAttention | BertSelfAttention, hidden: Tensor, masked: Tensor, heads: int
) -> Tensor:
    size, tokens, width = hidden.shape
    query, key, value = (
        _linear(part, hidden).view(size, tokens, heads, -1).transpose(1, 2).reshape(size * heads, tokens, -1)
        for part in (own.query, own.key, own.value)
    )
    scale = 1 / math.sqrt(width // heads)
    weights = torch.baddbmm(masked, query, key.transpose(1, 2), alpha=scale).softmax(dim=-1)
    context = torch.bmm(weights, value).view(size, heads, tokens, -1)
    return context.transpose(1, 2).reshape(size, tokens, width)


def _linear(dense: nn.Linear, x: Tensor) -> Tensor:
    return functional.linear(x, dense.weight.to(x.dtype), dense.bias.to(x.dtype))


def _norm(norm: nn.LayerNorm, x: Tensor) -> Tensor:
    weight, bias = norm.weight.to(x.dtype), norm.bias.to(x.dtype)
    return functional.layer_norm(x, list(norm.normalized_shape), weight, bias, norm.eps)
