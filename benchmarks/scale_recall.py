"""How much of the exact nearest passages an approximate index finds."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from scale_parts import settings_of

from ingest.assembly import open_index_embedder, open_store, open_vectors
from ingest.embedding import Vectors
from ingest.index import ChromaIndex

DEPTHS = (10, 100)
PART = 4_000  # vectors read at once


def recall(place: Path, questions: Sequence[str]) -> dict[str, float]:
    """Share of the exact nearest 10 and 100 passages that are among the nearest 10 and 100 found.

    Nothing for engines whose vectors are not in a folder: nobody reads them all.
    """
    settings = settings_of(place)
    embedder = open_index_embedder(settings)
    asked = np.stack([embedder.embed_query(question) for question in questions])
    index = open_vectors(settings)
    if not isinstance(index, ChromaIndex):
        return {}
    with open_store(settings).reading() as live:
        generation = live.generation()
    found = [
        [f"{key.content}:{key.ordinal}" for key, _ in index.nearest(vector, max(DEPTHS), None, generation)]
        for vector in asked
    ]
    exact = nearest(index, asked, max(DEPTHS))
    return {
        str(depth): float(
            np.mean(
                [
                    len(set(one[:depth]) & set(other[:depth])) / depth
                    for one, other in zip(found, exact, strict=True)
                ]
            )
        )
        for depth in DEPTHS
    }


def nearest(index: ChromaIndex, asked: Vectors, limit: int) -> list[list[str]]:
    """Ids of the exact nearest vectors to each question, all of them compared."""
    scores = np.full((len(asked), limit), -2.0, np.float32)
    ids = np.full((len(asked), limit), "", dtype=object)
    for names, vectors in held_vectors(index):
        part = np.concatenate([scores, asked @ vectors.T], axis=1)
        named = np.concatenate(
            [ids, np.broadcast_to(np.array(names, dtype=object), (len(asked), len(names)))], axis=1
        )
        best = np.argsort(-part, axis=1, kind="stable")[:, :limit]
        scores, ids = np.take_along_axis(part, best, axis=1), np.take_along_axis(named, best, axis=1)
    return [list(row) for row in ids]


def held_vectors(index: ChromaIndex) -> Iterator[tuple[list[str], Vectors]]:
    """All vectors of a Chroma collection, in parts."""
    for start in range(0, index.count(), PART):
        with index._open() as collection:  # the product itself never reads vectors
            part = collection.get(limit=PART, offset=start, include=["embeddings"])
        yield part["ids"], np.asarray(part["embeddings"], np.float32)
