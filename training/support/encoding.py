"""Pairs as token numbers: `[CLS] claim [SEP] premise [SEP]`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.entailment import MAX_CLAIM, MAX_PREMISE
from training.encoding import Ints, mark
from training.support.pairs import Pair
from training.tokens import shared_tokenizer


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Pairs of like length, padded. B pairs, T tokens.

    Attributes:
        ids, types, mask: (B, T).
        support: (B,), share of judges who found the claim supported.
        open: (B, 2) booleans, see `training.support.model.Verdicts`.
    """

    ids: Ints
    types: Ints
    mask: Ints
    support: npt.NDArray[np.float32]
    open: npt.NDArray[np.bool_]


def encode_pairs(pairs: Sequence[Pair]) -> list[tuple[list[int], int]]:
    """Token numbers of each pair, and how many of them belong to the first segment; what is too long is cut."""
    texts = [text for pair in pairs for text in (pair.claim, pair.premise)]
    found = [one.ids for one in shared_tokenizer().encode_batch_fast(texts, add_special_tokens=False)]
    start, end = mark("[CLS]"), mark("[SEP]")
    firsts = [[start, *claim[:MAX_CLAIM], end] for claim in found[::2]]
    return [
        ([*first, *premise[:MAX_PREMISE], end], len(first))
        for first, premise in zip(firsts, found[1::2], strict=True)
    ]


def collate_pairs(pairs: Sequence[Pair]) -> PairBatch:
    """One batch."""
    encoded = encode_pairs(pairs)
    shape = (len(pairs), max(len(ids) for ids, _ in encoded))
    ids, types, mask = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for row, (own, first) in enumerate(encoded):
        ids[row, : len(own)] = own
        types[row, first : len(own)] = 1
        mask[row, : len(own)] = 1
    support = np.array([pair.support for pair in pairs], dtype=np.float32)
    reasons = [(pair.contradicted is not False, pair.contradicted is not True) for pair in pairs]
    return PairBatch(ids, types, mask, support, np.array(reasons, dtype=np.bool_))
