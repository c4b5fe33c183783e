"""BM25 over PostgreSQL's full text index, which finds passages by their words, but does not weigh words.

Robertson, Zaragoza: The probabilistic relevance framework: BM25 and beyond, 2009; with the constants and
the floor of FTS5, so that both engines rank alike.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from ingest.documents import Passage
from ingest.postgres import PostgresConnection
from ingest.store.connection import Statements

# Passages that are scored, or a few more: words bring them up from the rarest on, at least as many as are
# asked for, and what is left when it is enough only counts where it occurs in those.
MOST = 4_000
ALL = 2**62

# Words are stemmed as English ones, and none is left out: which tell nothing is known where questions are
# read. `heading` is how many words at the beginning of `words` are of title and heading; `length` counts all.
TABLES = ("lexical", "lexicon", "totals")
SCHEMA = """
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = snowball, LANGUAGE = english);
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING REPLACE simple WITH stems;
CREATE TABLE lexical (
    rowid BIGINT PRIMARY KEY, content BIGINT NOT NULL, ordinal INTEGER NOT NULL,
    words TSVECTOR NOT NULL, heading INTEGER NOT NULL, length INTEGER NOT NULL
);
CREATE INDEX lexical_words ON lexical USING gin (words);
CREATE TABLE lexicon (lexeme TEXT COLLATE "C" PRIMARY KEY, passages INTEGER NOT NULL) WITH (fillfactor = 70);
CREATE TABLE totals (passages BIGINT NOT NULL, length BIGINT NOT NULL);
INSERT INTO totals VALUES (0, 0);
CREATE FUNCTION count_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO lexicon SELECT lexeme, TG_ARGV[0]::int * count(*) FROM changed, unnest(words) GROUP BY lexeme
    ON CONFLICT (lexeme) DO UPDATE SET passages = lexicon.passages + excluded.passages;
    DELETE FROM lexicon WHERE passages = 0 AND lexeme IN (SELECT lexeme FROM changed, unnest(words));
    UPDATE totals SET passages = totals.passages + TG_ARGV[0]::int * sums.passages,
        length = totals.length + TG_ARGV[0]::int * sums.length
    FROM (SELECT count(*) AS passages, coalesce(sum(length), 0) AS length FROM changed) AS sums;
    RETURN NULL;
END $$;
CREATE TRIGGER added AFTER INSERT ON lexical REFERENCING NEW TABLE AS changed
    EXECUTE FUNCTION count_words('1');
CREATE TRIGGER gone AFTER DELETE ON lexical REFERENCING OLD TABLE AS changed
    EXECUTE FUNCTION count_words('-1')"""

INSERT = """
INSERT INTO lexical SELECT id, content, ordinal, to_tsvector('words', given.words), heading, length
FROM unnest(?::bigint[], ?::integer[], ?::text[], ?::integer[], ?::integer[])
    AS given (content, ordinal, words, heading, length) JOIN passages USING (content, ordinal)
"""
HELD = """
SELECT count(*) FROM unnest(?::integer[], ?::text[]) AS given (ordinal, words)
JOIN passages USING (ordinal) JOIN lexical ON lexical.rowid = passages.id
WHERE passages.content = ? AND lexical.words = to_tsvector('words', given.words)
"""
# Materialised, or PostgreSQL computes anew what it finds used twice. `given`: each word, which is a lexeme or
# several in a row; a phrase is in as many passages as its rarest part. `asked`: what the word weighs, and in
# how many passages rarer ones are. `held`: passages, with the lexemes asked for alone, which weight A marks
# meanwhile. `found`: how often each occurs; a phrase does as often as its first part, if it does.
SEARCH = """
WITH given AS MATERIALIZED (
    SELECT term, query, parts,
        (SELECT min(coalesce(passages, 0)) FROM unnest(parts) AS part LEFT JOIN lexicon ON lexeme = part)
            AS held_by,
        (SELECT passages FROM totals) AS total
    FROM unnest(?::text[]) WITH ORDINALITY AS words (word, term),
        phraseto_tsquery('words', word) AS query, tsvector_to_array(to_tsvector('words', word)) AS parts
    WHERE parts <> '{}'
), asked AS MATERIALIZED (
    SELECT query, parts, held_by,
        greatest(ln((total - held_by + 0.5) / (held_by + 0.5)), 1e-6)::float AS weight,
        sum(held_by) OVER (ORDER BY held_by, term ROWS UNBOUNDED PRECEDING) - held_by AS rarer
    FROM given
), held AS MATERIALIZED (
    SELECT rowid, content, ordinal, length, heading, ts_filter(
        setweight(words, 'A', (SELECT array_agg(DISTINCT part) FROM asked, unnest(parts) AS part)), '{a}'
    ) AS hits
    FROM lexical
    WHERE words @@ (
        SELECT string_agg(query::text, ' | ')::tsquery FROM asked WHERE rarer < ? OR rarer + held_by <= ?
    ) AND (?::bigint[] IS NULL OR content = ANY(?))
), found AS MATERIALIZED (
    SELECT rowid, content, ordinal, length, hits, lexeme,
        cardinality(positions) + CASE WHEN positions[1] > heading THEN 0 ELSE
            (?::float - 1) * (SELECT count(*) FROM unnest(positions) AS place WHERE place <= heading)
        END AS often
    FROM held, unnest(hits)
)
SELECT content, ordinal, sum(weight * often * 2.2 / (
    often + 0.3::float + 0.9::float * length / (SELECT length::float / passages FROM totals)
)) AS score
FROM found JOIN asked ON lexeme = parts[1] AND (cardinality(parts) = 1 OR hits @@ query)
GROUP BY rowid, content, ordinal ORDER BY score DESC, rowid LIMIT ?
"""


def index(connection: PostgresConnection, passages: Iterable[tuple[int, Passage]]) -> None:
    """Adds passages, which are stored already, each with the key of its text."""
    rows = []
    for content, passage in passages:
        heading, text = _words(passage)
        words = " ".join(heading + text)
        rows.append((content, passage.ordinal, words, len(heading), len(heading) + len(text)))
    if rows:
        connection.execute(INSERT, [list(column) for column in zip(*rows, strict=True)])


def holds(connection: Statements, content: int, passages: Sequence[Passage]) -> bool:
    """Whether each of these passages of a text is found by its words."""
    words = [" ".join(heading + text) for heading, text in map(_words, passages)]
    ((held,),) = connection.execute(HELD, ([passage.ordinal for passage in passages], words, content))
    return bool(held == len(passages))


def search(
    connection: PostgresConnection,
    words: Sequence[str],
    weight: float,
    limit: int,
    contents: Sequence[int] | None,
) -> Sequence[tuple[int, int, float]]:
    """Content, ordinal and score of passages, best first; `weight` is that of title and heading."""
    folded, confined = [fold(word) for word in words], None if contents is None else list(contents)

    def best(most: int) -> Sequence[tuple[int, int, float]]:
        return connection.execute(SEARCH, (folded, limit, most, confined, confined, weight, limit)).fetchall()

    found = best(MOST)
    # The few texts to which the search is confined may hold none of the rarest words.
    return found if confined is None or len(found) >= limit else best(ALL)


def _words(passage: Passage) -> tuple[list[str], list[str]]:
    """Those of title and heading, and those of the text."""
    return fold(passage.context).split(), fold(passage.text).split()


def fold(text: str) -> str:
    """Words alone, in lower case and without accents, as FTS5's tokeniser has them."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", bare).lower())
