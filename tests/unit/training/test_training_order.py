import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.order import POOL, batches

LENGTHS = st.integers(0, 300).map(lambda number: [n * 7 % 50 for n in range(number)])
SIZES = st.integers(1, 8)
SEEDS = st.integers(0, 2**32)


def order(lengths: list[int], size: int, seed: int) -> list[list[int]]:
    return [batch.tolist() for batch in batches(lengths, size, seed)]


@given(LENGTHS, SIZES, SEEDS)
def test_every_window_comes_at_most_once_and_fewer_than_a_batch_are_left_out(
    lengths: list[int], size: int, seed: int
) -> None:
    found = order(lengths, size, seed)
    assert all(len(batch) == size for batch in found)
    seen = [n for batch in found for n in batch]
    assert len(seen) == len(set(seen)) == len(lengths) - len(lengths) % size
    assert set(seen) <= set(range(len(lengths)))


@given(st.integers(0, 30), SIZES, SEEDS)
def test_every_window_comes_exactly_once_where_batches_fill(number: int, size: int, seed: int) -> None:
    seen = [n for batch in order(list(range(number * size)), size, seed) for n in batch]
    assert sorted(seen) == list(range(number * size))


@given(LENGTHS, SIZES, SEEDS)
def test_the_same_seed_gives_the_same_order(lengths: list[int], size: int, seed: int) -> None:
    assert order(lengths, size, seed) == order(lengths, size, seed)


def test_another_seed_gives_another_order_and_no_order_follows_length() -> None:
    lengths = list(range(400))
    one, other = order(lengths, 8, 1), order(lengths, 8, 2)
    assert one != other
    means = [np.mean(batch) for batch in one]
    assert means != sorted(means)


def test_windows_of_a_pool_come_from_everywhere() -> None:
    first = order([1] * POOL * 8, 4, 0)[:POOL]
    assert max(n for batch in first for n in batch) > POOL * 6
    assert min(n for batch in first for n in batch) < POOL * 2


def test_windows_of_a_batch_are_of_like_length() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 1_000, size=POOL * 8 * 2).tolist()
    spreads = [max(own) - min(own) for own in ([lengths[n] for n in batch] for batch in order(lengths, 8, 0))]
    assert np.mean(spreads) < 1_000 / POOL * 2
