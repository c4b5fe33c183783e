"""Runs of one graph for several who ask at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from ingest.embedding.sessions import TokenGraph, usable_cores
from ingest.embedding.weights import MS_MARCO, read_checked


def test_who_asks_at_once_shares_as_many_threads_as_there_are_cores_and_gets_the_same() -> None:
    graph = TokenGraph(
        partial(read_checked, MS_MARCO, MS_MARCO.weights),
        partial(read_checked, MS_MARCO, MS_MARCO.tokenizer),
        full_range=MS_MARCO.full_range,
    )
    asked, *read = graph.tokenize(
        ["Who leads Japan?", "Takaichi does.", "Nobody knows it.", "It has a king."]
    )
    pairs = [graph.pair(asked, ids) for ids in read]
    threads: set[int] = set()

    def logit(output: np.ndarray) -> float:
        threads.add(threading.get_ident())
        return float(output[0, 0])

    alone = [graph.run([pair], logit)[0] for pair in pairs]
    threads.clear()
    with ThreadPoolExecutor(8) as users:
        together = list(users.map(lambda _: graph.run(pairs, logit), range(8)))
    assert together == [alone] * 8
    assert len(threads) <= usable_cores()
