"""Ranking: measures of one question's ranked ids, with binary judgments.

Ids are anything hashable: documents, or sentences by way of `sentence_ranking`. A repeated id takes
its rank and earns nothing.
"""

import math
from collections.abc import Collection, Hashable, Sequence


def ndcg(ranking: Sequence[Hashable], relevant: Collection[Hashable], depth: int = 10) -> float | None:
    """Normalised discounted cumulative gain of the first `depth`, 0–1; None without relevant ids.

    Järvelin, Kekäläinen: Cumulated gain-based evaluation of IR techniques, TOIS 2002, with the
    discount log2(rank + 1).
    """
    if not relevant:
        return None
    ideal = range(1, min(len(set(relevant)), depth) + 1)
    return _discounted(_found(ranking, relevant, depth)) / _discounted(ideal)


def hit(ranking: Sequence[Hashable], relevant: Collection[Hashable], depth: int) -> float | None:
    """1 if any relevant id is among the first `depth`, else 0; None without relevant ids.

    Known as Success@k: Craswell, Hawking: Overview of the TREC-2002 web track, TREC 2002.
    """
    if not relevant:
        return None
    return float(bool(_found(ranking, relevant, depth)))


def recall(ranking: Sequence[Hashable], relevant: Collection[Hashable], depth: int) -> float | None:
    """Share of the relevant ids that are among the first `depth`, 0–1; None without relevant ids.

    Cleverdon, Mills, Keen: Factors determining the performance of indexing systems, 1966.
    """
    if not relevant:
        return None
    return len(_found(ranking, relevant, depth)) / len(set(relevant))


def reciprocal_rank(
    ranking: Sequence[Hashable], relevant: Collection[Hashable], depth: int = 10
) -> float | None:
    """1 / rank of the first relevant id among the first `depth`, 0 if there is none, 0–1.

    None without relevant ids. Its mean over questions is MRR@k. Kantor, Voorhees: The TREC-5
    confusion track, Information Retrieval 2000.
    """
    if not relevant:
        return None
    return next((1 / rank for rank in _found(ranking, relevant, depth)), 0.0)


def _found(ranking: Sequence[Hashable], relevant: Collection[Hashable], depth: int) -> list[int]:
    """Ranks, from 1, at which a relevant id stands for the first time."""
    if depth < 1:
        raise ValueError(f"depth must be at least 1, got {depth}")
    firsts = {id_: rank for rank, id_ in reversed(list(enumerate(ranking[:depth], 1)))}
    return sorted(firsts[id_] for id_ in set(relevant) if id_ in firsts)


def _discounted(ranks: Collection[int]) -> float:
    return sum(1 / math.log2(rank + 1) for rank in ranks)
