"""Tables of the book of record, for every engine; each adds its lexical index, `lexical`, by passage id.

`contents` holds each text once, immutable, under a key that is never used twice; `documents`
names the places it came from. A row in `contents` is live: what is half-done stands only in
`journal`, as keys whose vectors are being written (`staged`) or are to be deleted (`dropped`).
"""

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE journal (
    content INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ('staged', 'dropped')),
    passages INTEGER NOT NULL
);
CREATE TABLE files (
    origin TEXT PRIMARY KEY, root TEXT NOT NULL, digest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE contents (
    key INTEGER PRIMARY KEY, version TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX contents_version ON contents (version);
CREATE TABLE documents (
    id TEXT PRIMARY KEY, content INTEGER NOT NULL REFERENCES contents (key), origin TEXT NOT NULL,
    title TEXT NOT NULL, source TEXT NOT NULL, media_type TEXT NOT NULL, published TEXT,
    page_starts TEXT NOT NULL, headings TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX documents_content ON documents (content);
CREATE INDEX documents_origin ON documents (origin);
CREATE TABLE sentences (
    content INTEGER NOT NULL, ordinal INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    is_heading INTEGER NOT NULL, PRIMARY KEY (content, ordinal)
) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, content INTEGER NOT NULL, ordinal INTEGER NOT NULL,
    first_sentence INTEGER NOT NULL, last_sentence INTEGER NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, context TEXT NOT NULL, UNIQUE (content, ordinal)
);
INSERT INTO meta VALUES ('generation', '0'), ('next_content', '1');
"""
