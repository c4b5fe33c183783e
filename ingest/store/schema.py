"""Tables of the book of record, and how a connection to it is opened.

`contents` holds each text once, immutable, under a key that is never used twice; `documents`
names the places it came from. A row in `contents` is live: what is half-done stands only in
`journal`, as keys whose vectors are being written (`staged`) or are to be deleted (`dropped`).
"""

import sqlite3
from pathlib import Path

from ingest.errors import MEND, IndexCorrupt
from ingest.store.migrations import Layout, version_of
from ingest.storage import storage_failure, storage_told

BUSY_TIMEOUT_MS = 10_000

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
CREATE VIRTUAL TABLE lexical USING fts5 (
    context, text, tokenize = "porter unicode61 remove_diacritics 2"
);
INSERT INTO meta VALUES ('generation', '0'), ('next_content', '1');
"""

# A step for each layout after the first, see `ingest.store.migrations`.
LAYOUT = Layout(SCHEMA)


def connect(path: Path, layout: Layout = LAYOUT, *, create: bool = False) -> sqlite3.Connection:
    """Opens the SQLite file in WAL mode, in autocommit: transactions are begun by name.

    It may be of an earlier layout, or have none yet.

    Args:
        path: the file.
        layout: the latest that is understood.
        create: whether to make the file where there is none.

    Raises:
        IndexCorrupt: if the file is not an SQLite database of ours.
        StorageUnavailable: if the machine does not let it be opened.
    """
    uri = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    with storage_told(path):
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")
        # NORMAL may lose the last transactions at a power cut but never corrupts in WAL mode;
        # a killed process loses nothing, and what is lost is ingested again.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.create_function("casefold", 1, str.casefold, deterministic=True)
        version = version_of(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if failure := storage_failure(error, path):
            raise failure from error
        raise IndexCorrupt(f"{path} is not a Pincite index ({error}): {MEND}") from error
    if version > layout.version:
        connection.close()
        raise IndexCorrupt(
            f"{path} has layout {version}, and this Pincite knows {layout.version}: update it to the"
            " version that made the index"
        )
    return connection
