"""The lexical list: BM25 over FTS5, at a cost that does not grow with the common words of a question.

FTS5 scores every passage that matches, and in a large index most of those have but a common word of the
question, which says little. So passages are looked for by the words that few have; what such a passage owes
to the other words still counts. Where all words together are in few passages, this is plain BM25.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence

from ingest.store.records import PassageKey

ENOUGH = 1_000  # passages that are looked at, whatever it takes
AFFORDABLE = 20_000  # passages that further words may add; scoring one takes a microsecond

BEST = """
SELECT p.id, p.content, p.ordinal, best.score FROM (
    SELECT rowid AS id, -bm25(lexical, ?, ?) AS score FROM lexical WHERE lexical MATCH ?{confined}
    ORDER BY score DESC, rowid LIMIT ?
) AS best JOIN passages p ON p.id = best.id
"""
# By the plus SQLite tests each match; without it, it would ask FTS5 anew for each passage of these texts.
CONFINED = " AND +rowid IN (SELECT id FROM passages WHERE content IN (SELECT value FROM json_each(?)))"
COUNT = "SELECT count(*) FROM (SELECT 1 FROM lexical WHERE lexical MATCH ? LIMIT ?)"
NO_LIMIT = -1

Best = dict[int, tuple[PassageKey, float]]


def best_passages(
    connection: sqlite3.Connection,
    words: Sequence[str],
    weights: tuple[float, float],
    limit: int,
    contents: Sequence[int] | None,
    affordable: int = AFFORDABLE,
) -> list[tuple[PassageKey, float]]:
    """Best passages for any of the words, with BM25 scores (higher is better); ties by age.

    Args:
        connection: to the book of record.
        words: FTS5 strings, quotes included.
        weights: of the title-and-heading column and of the text.
        limit: how many at most.
        contents: keys to which the search is confined; None for all.
        affordable: passages up to which words are looked for by themselves.
    """

    def best(expression: str) -> Best:
        confined = () if contents is None else (json.dumps(list(contents)),)
        rows = connection.execute(
            BEST.format(confined=CONFINED if confined else ""), (*weights, expression, *confined, limit)
        )
        return {id_: (PassageKey(content, ordinal), score) for id_, content, ordinal, score in rows}

    telling = _telling(words, _counts(connection, words, affordable), affordable)
    found = best(_any(telling))
    if others := [word for word in words if word not in telling]:
        found |= best(f"({_any(telling)}) AND ({_any(others)})")
        if contents is not None and len(found) < limit:
            found = best(_any(words))  # those few texts may hold none of the rare words
    ranked = sorted(found.items(), key=lambda item: (-item[1][1], item[0]))
    return [scored for _, scored in ranked[:limit]]


def _counts(connection: sqlite3.Connection, words: Sequence[str], affordable: int) -> Mapping[str, int]:
    """In how many passages each word occurs; how much more than affordable a word is seldom matters."""

    def counts(most: int) -> Mapping[str, int]:
        return {word: connection.execute(COUNT, (word, most)).fetchone()[0] for word in words}

    found = counts(affordable + 1)
    rare = sum(count for count in found.values() if count <= affordable)
    return found if rare >= ENOUGH else counts(NO_LIMIT)


def _telling(words: Sequence[str], counts: Mapping[str, int], affordable: int) -> list[str]:
    """The rarest words, in the order given: enough of them to find something, and all that are affordable."""
    return [word for word in words if word in set(_rarest(words, counts, affordable))]


def _rarest(words: Sequence[str], counts: Mapping[str, int], affordable: int) -> Iterator[str]:
    passages = 0
    for word in sorted(words, key=lambda word: (counts[word], word)):
        if passages >= ENOUGH and passages + counts[word] > affordable:
            return
        passages += counts[word]
        yield word


def _any(words: Sequence[str]) -> str:
    return " OR ".join(words)
