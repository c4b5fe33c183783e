"""The order in which windows are seen: fixed by a seed, so that a run can go on from any step."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

POOL = 64  # batches sorted together by length: little padding, and still a mixture in every batch


def batches(lengths: Sequence[int], size: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Every index once, in batches of `size` of like length; what does not fill a batch is left out.

    Args:
        lengths: one per window, in any unit.
        size: windows a batch.
        seed: another seed, another order.
    """
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(lengths))
    known = np.asarray(lengths)
    for start in range(0, len(shuffled), POOL * size):
        pool = shuffled[start : start + POOL * size]
        pool = pool[np.argsort(known[pool], kind="stable")]
        whole = pool[: len(pool) - len(pool) % size].reshape(-1, size)
        yield from rng.permutation(whole)
