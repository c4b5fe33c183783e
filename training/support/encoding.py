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
class Row:
    """Token numbers of a claim and of a premise, or a part of one."""

    claim: Sequence[int]
    premise: Sequence[int]


@dataclass(frozen=True, slots=True)
class PairInputs:
    """Rows of like length, padded; (B rows, T tokens) each."""

    ids: Ints
    types: Ints
    mask: Ints


@dataclass(frozen=True, slots=True)
class PairBatch:
    """Pairs to learn from. B pairs.

    Attributes:
        inputs: as the model reads them.
        support: (B,), share of judges who found the claim supported.
        open: (B, 2) booleans: which of "contradicted" and "not enough" an unsupported claim may be.
    """

    inputs: PairInputs
    support: npt.NDArray[np.float32]
    open: npt.NDArray[np.bool_]


def tokenised(pairs: Sequence[Pair]) -> list[Row]:
    """One row a pair, nothing cut off."""
    texts = [text for pair in pairs for text in (pair.claim, pair.premise)]
    found = [one.ids for one in shared_tokenizer().encode_batch_fast(texts, add_special_tokens=False)]
    return [Row(claim, premise) for claim, premise in zip(found[::2], found[1::2], strict=True)]


def pad(rows: Sequence[Row]) -> PairInputs:
    """One batch; what is longer than the model reads is cut."""
    start, end = mark("[CLS]"), mark("[SEP]")
    firsts = [[start, *row.claim[:MAX_CLAIM], end] for row in rows]
    wholes = [[*first, *row.premise[:MAX_PREMISE], end] for first, row in zip(firsts, rows, strict=True)]
    shape = (len(rows), max(map(len, wholes)))
    ids, types, mask = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for number, (first, whole) in enumerate(zip(firsts, wholes, strict=True)):
        ids[number, : len(whole)] = whole
        types[number, len(first) : len(whole)] = 1
        mask[number, : len(whole)] = 1
    return PairInputs(ids, types, mask)


def collate_pairs(pairs: Sequence[Pair]) -> PairBatch:
    """One batch to learn from."""
    support = np.array([pair.support for pair in pairs], dtype=np.float32)
    reasons = [(pair.contradicted is not False, pair.contradicted is not True) for pair in pairs]
    return PairBatch(pad(tokenised(pairs)), support, np.array(reasons, dtype=np.bool_))
