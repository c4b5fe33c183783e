"""Windows as token numbers: `[CLS] question [SEP] title. heading. sentence sentence … [SEP]`.

Every part is tokenised by itself, so that it is known which tokens are whose.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from qa.reading import MAX_QUESTION, context_line
from training.tokens import shared_tokenizer
from training.windows import Window

MAX_TOKENS = 224
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A window as the model reads it.

    Attributes:
        ids: token numbers, special tokens included.
        asked: how many of them belong to the first segment, `[CLS] question [SEP]`.
        bounds: for each candidate sentence its half-open range of tokens.
        candidates: for each candidate its number in the window.
        golds: positions within `candidates` that answer.
        span: first and last token (inclusive) of the short answer.
        offsets: for each token of a candidate `(sentence, start, end)` in the window's sentences.
    """

    ids: tuple[int, ...]
    asked: int
    bounds: tuple[tuple[int, int], ...]
    candidates: tuple[int, ...]
    golds: tuple[int, ...]
    span: tuple[int, int] | None
    offsets: dict[int, tuple[int, int, int]]

    def types(self) -> Ints:
        """Segment of every token."""
        types = np.ones(len(self.ids), dtype=np.int64)
        types[: self.asked] = 0
        return types

    def pooling(self, length: int = 0) -> Floats:
        """Weights (candidates, tokens) that average each sentence's tokens; padded to `length` tokens."""
        weights = np.zeros((len(self.bounds), length or len(self.ids)), dtype=np.float32)
        for row, (start, end) in enumerate(self.bounds):
            weights[row, start:end] = 1 / (end - start)
        return weights


def encode(window: Window, max_tokens: int = MAX_TOKENS) -> Encoded:
    """The window cut to `max_tokens`; sentences that are cut off altogether are no candidates."""
    tokenizer = shared_tokenizer()
    parts = [window.question, context_line(window.context), *window.sentences]
    question, context, *read = tokenizer.encode_batch(parts, add_special_tokens=False)
    first = [mark("[CLS]"), *question.ids[:MAX_QUESTION], mark("[SEP]")]
    lengths = [len(sentence.ids) for sentence in read]
    starts = list(accumulate(lengths, initial=len(first) + len(context.ids)))
    end = min(starts[-1], max_tokens - 1)
    ids = [*first, *context.ids, *(id_ for sentence in read for id_ in sentence.ids)][:end]
    kept = [n for n in window.candidates if starts[n] < end and lengths[n]]
    bounds = tuple((starts[n], min(starts[n + 1], end)) for n in kept)
    offsets = {
        starts[n] + at: (n, *read[n].offsets[at])
        for n, (start, stop) in zip(kept, bounds, strict=True)
        for at in range(stop - start)
    }
    golds = tuple(place for place, n in enumerate(kept) if n in window.golds)
    return Encoded(
        (*ids, mark("[SEP]")), len(first), bounds, tuple(kept), golds, _span(window, offsets), offsets
    )


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of like length, padded. B windows, T tokens, S sentences.

    Attributes:
        ids, types, mask: (B, T).
        pooling: (B, S, T), rows of zeros for sentences that are not there.
        present, golds: (B, S) booleans.
        spans: (B, 2), first and last token of the short answer, -1 where there is none.
        teacher: (B, S) logits of the teacher, NaN where it was not asked.
    """

    ids: Ints
    types: Ints
    mask: Ints
    pooling: Floats
    present: npt.NDArray[np.bool_]
    golds: npt.NDArray[np.bool_]
    spans: Ints
    teacher: Floats


def collate(encoded: Sequence[Encoded], taught: Sequence[Sequence[float] | None]) -> Batch:
    """One batch; `taught` holds the teacher's logit of each sentence of the window where it was asked."""
    tokens = max(len(one.ids) for one in encoded)
    sentences = max(len(one.bounds) for one in encoded)
    shape, slots = (len(encoded), tokens), (len(encoded), sentences)
    batch = Batch(
        ids=np.zeros(shape, dtype=np.int64),
        types=np.zeros(shape, dtype=np.int64),
        mask=np.zeros(shape, dtype=np.int64),
        pooling=np.zeros((*slots, tokens), dtype=np.float32),
        present=np.zeros(slots, dtype=np.bool_),
        golds=np.zeros(slots, dtype=np.bool_),
        spans=np.full((len(encoded), 2), -1, dtype=np.int64),
        teacher=np.full(slots, np.nan, dtype=np.float32),
    )
    for row, (one, logits) in enumerate(zip(encoded, taught, strict=True)):
        _fill(batch, row, one, logits)
    return batch


def _fill(batch: Batch, row: int, one: Encoded, logits: Sequence[float] | None) -> None:
    length, found = len(one.ids), len(one.bounds)
    batch.ids[row, :length] = one.ids
    batch.types[row, :length] = one.types()
    batch.mask[row, :length] = 1
    batch.pooling[row, :found] = one.pooling(batch.ids.shape[1])
    batch.present[row, :found] = True
    batch.golds[row, list(one.golds)] = True
    if one.span:
        batch.spans[row] = one.span
    if logits is not None:
        batch.teacher[row, :found] = [logits[n] for n in one.candidates]


def _span(window: Window, offsets: dict[int, tuple[int, int, int]]) -> tuple[int, int] | None:
    if window.span is None:
        return None
    inside = list(_tokens_inside(window, offsets))
    return (inside[0], inside[-1]) if inside else None


def _tokens_inside(window: Window, offsets: dict[int, tuple[int, int, int]]) -> Iterator[int]:
    wanted = window.span
    for token, (sentence, start, end) in offsets.items():
        if wanted and sentence == wanted.sentence and start < wanted.end and wanted.start < end:
            yield token


def mark(token: str) -> int:
    """Number of a special token.

    Raises:
        ValueError: if the tokenizer has none such.
    """
    number = shared_tokenizer().token_to_id(token)
    if number is None:
        raise ValueError(f"the tokenizer has no {token}")
    return int(number)
