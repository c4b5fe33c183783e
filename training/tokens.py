"""The tokenizer the reader shares with the cross-encoder it grew from."""

from collections.abc import Sequence
from functools import cache

from tokenizers import Tokenizer

from ingest.embedding.sessions import open_tokenizer
from ingest.embedding.weights import MS_MARCO, read_checked


@cache
def shared_tokenizer() -> Tokenizer:
    """The carried tokenizer, without cutting or padding."""
    return open_tokenizer(read_checked(MS_MARCO, MS_MARCO.tokenizer))


def count_tokens(texts: Sequence[str]) -> tuple[int, ...]:
    """Number of tokens of each text, special tokens not counted."""
    encodings = shared_tokenizer().encode_batch_fast(list(texts), add_special_tokens=False)
    return tuple(len(encoding.ids) for encoding in encodings)
