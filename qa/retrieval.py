"""Retrieving: dense and lexical lists of passages, fused by reciprocal rank."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ingest.embedding import Embedder
from ingest.errors import MEND, IndexCorrupt
from ingest.store import Filters, PassageKey, Snapshot, Store
from ingest.vectors import VectorIndex, check_owner
from qa.answers import Ranked, ScoredPassage
from qa.settings import QaSettings
from qa.stopwords import STOP_WORDS

Ranking = Sequence[tuple[PassageKey, float]]


class Retriever(Protocol):
    """Finds passages that may answer."""

    def retrieve(self, live: Snapshot, query: str, filters: Filters, limit: int) -> tuple[ScoredPassage, ...]:
        """At most `limit` live passages, best first, each once."""


@dataclass(frozen=True, slots=True)
class HybridRetriever:
    """Asks the vector index and the lexical index, and fuses what they say.

    Attributes:
        store: whose snapshots are searched.
    """

    embedder: Embedder
    vectors: VectorIndex
    settings: QaSettings
    store: Store
    _complete: set[int] = field(default_factory=set, repr=False, compare=False)  # generations found so

    def retrieve(self, live: Snapshot, query: str, filters: Filters, limit: int) -> tuple[ScoredPassage, ...]:
        """See `Retriever.retrieve`."""
        contents = live.matching(filters)
        dense = self.dense(live, query, contents)
        lexical = self.lexical(live, query, contents)
        fused = fuse((dense, lexical), (1.0, self.settings.lexical_weight), self.settings.rrf_k)
        return _scored(live, fused[:limit], dense, lexical)

    def dense(self, live: Snapshot, query: str, contents: Sequence[int] | None) -> Ranking:
        """Live passages by falling cosine similarity to the query.

        Raises:
            IndexCorrupt: if vectors are missing or another index's: the list would be silently short.
        """
        vector = self.embedder.embed_query(query)
        wanted = self.settings.depth
        asked = wanted
        while True:
            found = self.vectors.nearest(vector, asked, contents, live.generation())
            alive = live.passages([key for key, _ in found])
            ranking = [(key, score) for key, score in found if key in alive]
            # Vectors that are not live may crowd the list while an ingest runs: look further down.
            if len(ranking) >= wanted or len(found) < asked:
                self._check_complete(live)
                return ranking[:wanted]
            asked *= 2

    def _check_complete(self, live: Snapshot) -> None:
        """Once a generation: counting takes longer than searching, and vectors are opened no more often."""
        generation = live.generation()
        if generation in self._complete:
            return
        try:
            self._check_vectors(live)
        except IndexCorrupt:
            # Vectors of what was dropped since, by another server perhaps, may have been swept meanwhile.
            with self.store.reading() as now:
                if now.generation() == generation:
                    raise
        else:
            self._complete.add(generation)

    def _check_vectors(self, live: Snapshot) -> None:
        _, _, passages = live.counts()
        if passages and (index := live.index_id()):
            check_owner(self.vectors, index)
        if self.vectors.count() < passages:
            raise IndexCorrupt(
                f"the index has {passages} passages but only {self.vectors.count()} vectors: {MEND}"
            )

    def lexical(self, live: Snapshot, query: str, contents: Sequence[int] | None) -> Ranking:
        """Live passages by falling BM25 score; none where the query holds no word."""
        words = telling_words(query)
        if not words:
            return []
        weights = (self.settings.title_weight, 1.0)
        return live.lexical(words, weights, self.settings.depth, contents)


def fuse(rankings: Sequence[Ranking], weights: Sequence[float], k: int) -> list[tuple[PassageKey, float]]:
    """Reciprocal rank fusion: the sum of `weight / (k + rank)` over the lists, best first.

    The order of the lists does not matter; ties are broken by key. Cormack, Clarke, Büttcher:
    Reciprocal rank fusion outperforms Condorcet and individual rank learning methods, SIGIR 2009.
    """
    scores: dict[PassageKey, float] = {}
    for ranking, weight in sorted(zip(rankings, weights, strict=True), key=lambda pair: pair[1]):
        for rank, (key, _) in enumerate(ranking, 1):
            scores[key] = scores.get(key, 0.0) + weight / (k + rank)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0].content, item[0].ordinal))


def telling_words(query: str) -> tuple[str, ...]:
    """The query's words, each once, in the order in which they come.

    An abbreviation such as "U.S." keeps its signs inside, and is searched for as a phrase. Stop words
    are left out unless there is nothing else.
    """
    words = [
        re.sub("'s$", "", word.strip(".'_"))
        for word in re.findall(r"[\w.']+", query.casefold().replace("’", "'"))
    ]
    words = list(dict.fromkeys(word for word in words if re.search(r"\w", word)))
    return tuple(word for word in words if word not in STOP_WORDS) or tuple(words)


def match_expression(query: str) -> str:
    """What a query is searched by, for whoever wants to see it: any of its words; "" where there is none."""
    return " OR ".join(f'"{word}"' for word in telling_words(query))


def _scored(live: Snapshot, fused: Ranking, dense: Ranking, lexical: Ranking) -> tuple[ScoredPassage, ...]:
    passages = live.passages([key for key, _ in fused])
    by_dense, by_lexical = _places(dense), _places(lexical)
    return tuple(
        ScoredPassage(passages[key], score, by_dense.get(key), by_lexical.get(key)) for key, score in fused
    )


def _places(ranking: Ranking) -> Mapping[PassageKey, Ranked]:
    return {key: Ranked(rank, score) for rank, (key, score) in enumerate(ranking, 1)}
