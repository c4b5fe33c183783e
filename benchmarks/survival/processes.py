"""Work in processes of its own, forked from one that has imported everything and opened nothing."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

FORKED = multiprocessing.get_context("forkserver")
FORKED.set_forkserver_preload(
    [
        "benchmarks.survival.corruption",
        "benchmarks.survival.dying",
        "benchmarks.survival.looking",
        "benchmarks.survival.reading_child",
    ]
)


def apart(work: Callable[P, R], *arguments: P.args, **options: P.kwargs) -> R:
    """Does it in a process of its own: Chroma keeps what it opened for as long as a process lives."""
    with ProcessPoolExecutor(1, FORKED) as pool:
        return pool.submit(work, *arguments, **options).result()
