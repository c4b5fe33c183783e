"""BM25 over PostgreSQL's full text index, which finds passages by their words, but does not weigh words.

Robertson, Zaragoza: The probabilistic relevance framework: BM25 and beyond, 2009; with the constants and
the floor of FTS5, so that both engines rank alike. In how many passages a word occurs is counted over those
at hand: they are all that hold one.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ingest.documents import Passage
from ingest.postgres import PostgresConnection

# Words are stemmed as English ones, and none is left out: which tell nothing is known where questions are
# read. `heading` is how many words at the beginning of `words` are of title and heading; `length` counts all.
SCHEMA = """
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, LANGUAGE = english);
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING REPLACE simple WITH stems;
CREATE TABLE lexical (
    rowid INTEGER PRIMARY KEY, words TSVECTOR NOT NULL, heading INTEGER NOT NULL, length INTEGER NOT NULL
);
CREATE INDEX lexical_words ON lexical USING gin (words);
CREATE TABLE totals (passages BIGINT NOT NULL, length BIGINT NOT NULL);
INSERT INTO totals VALUES (0, 0);
CREATE FUNCTION count_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE totals SET passages = totals.passages + sums.passages * TG_ARGV[0]::int,
        length = totals.length + sums.length * TG_ARGV[0]::int
    FROM (SELECT count(*) AS passages, coalesce(sum(changed.length), 0) AS length FROM changed) AS sums
    WHERE sums.passages > 0; RETURN NULL; END $$;
CREATE TRIGGER added AFTER INSERT ON lexical REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION count_words('1');
CREATE TRIGGER gone AFTER DELETE ON lexical REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION count_words('-1')"""

INSERT = """
INSERT INTO lexical SELECT id, to_tsvector('words', ?), ?, ? FROM passages WHERE content = ? AND ordinal = ?
"""
# `asked`: each word, which is a lexeme or several in a row. `held`: passages with any, and those lexemes
# alone, which weight A marks meanwhile. `found`: how often each occurs, in title and heading weighted.
# `counted`: the same by word; a phrase occurs as often as its rarest part.
SEARCH = """
WITH asked AS (
    SELECT term, phraseto_tsquery('words', word) AS query,
        tsvector_to_array(to_tsvector('words', word)) AS parts
    FROM unnest(?::text[]) WITH ORDINALITY AS given (word, term)
), held AS MATERIALIZED (
    SELECT rowid, length, heading, ts_filter(
        setweight(words, 'A', (SELECT array_agg(DISTINCT part) FROM asked, unnest(parts) AS part)), '{a}'
    ) AS hits
    FROM lexical
    WHERE words @@ (SELECT string_agg(query::text, ' | ')::tsquery FROM asked WHERE parts <> '{}')
), found AS (
    SELECT rowid, length, hits, lexeme, cardinality(positions) + CASE WHEN positions[1] > heading THEN 0 ELSE
        (?::float - 1) * (SELECT count(*) FROM unnest(positions) AS place WHERE place <= heading) END AS often
    FROM held, unnest(hits)
), counted AS MATERIALIZED (
    SELECT rowid, length, term, often FROM found JOIN asked ON parts = ARRAY[lexeme]
    UNION ALL
    SELECT rowid, min(length), term, min(often) FROM found JOIN asked ON lexeme = ANY(parts)
    WHERE cardinality(parts) > 1 AND hits @@ query GROUP BY rowid, term
), weighed AS (
    SELECT term, min(totals.length)::float / min(passages) AS average,
        greatest(ln((min(passages) - count(*) + 0.5) / (count(*) + 0.5)), 1e-6) AS weight
    FROM counted, totals GROUP BY term
)
SELECT content, ordinal, score FROM (
    SELECT rowid, sum(weight * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * length / average))) AS score
    FROM counted JOIN weighed USING (term) GROUP BY rowid
) AS scored JOIN passages ON id = rowid
WHERE ?::integer[] IS NULL OR content = ANY(?) ORDER BY score DESC, id LIMIT ?
"""


def index(connection: PostgresConnection, content: int, passages: Sequence[Passage]) -> None:
    """Adds passages of a text, which are stored already."""
    rows = []
    for passage in passages:
        heading, text = fold(passage.context), fold(passage.text)
        lengths = (heading.count(" ") + 1 if heading else 0), text.count(" ") + 1
        rows.append((f"{heading} {text}", lengths[0], sum(lengths), content, passage.ordinal))
    connection.executemany(INSERT, rows)


def search(
    connection: PostgresConnection,
    words: Sequence[str],
    weight: float,
    limit: int,
    contents: Sequence[int] | None,
) -> Iterable[tuple[int, int, float]]:
    """Content, ordinal and score of passages, best first; `weight` is that of title and heading."""
    confined = None if contents is None else list(contents)
    return connection.execute(SEARCH, ([fold(word) for word in words], weight, confined, confined, limit))


def fold(text: str) -> str:
    """Words alone, in lower case and without accents, as FTS5's tokeniser has them."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", bare).lower()).strip()
