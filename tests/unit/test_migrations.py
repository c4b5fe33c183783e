"""Files of earlier layouts are brought to today's in one step, or not at all.

The kept files are as the versions that had them made them, by

    $ git checkout 0bad87b   # layout 1 of the index, the first that was handed out
    $ printf 'The gate\n\nThe gate was opened in 1962. It is eleven metres wide.\n' > gate.txt
    $ pincite ingest gate.txt --index new
    $ sqlite3 new/pincite.sqlite3 'UPDATE files SET origin = "/gate.txt", root = "/"' \
        'UPDATE documents SET origin = "/gate.txt"' 'PRAGMA journal_mode = DELETE' VACUUM
    $ git checkout 22a5820   # layout 1 of the conversations, in use during development
    $ python -c 'from pathlib import Path; from api.settings import ConversationSettings
    from api.conversations import Conversations
    kept = Conversations(Path("new"), ConversationSettings(max_days=3650)); chosen = kept.start().id
    kept.append(chosen, "When was the gate opened?", "{\"answer\": \"In 1962.\"}")'

A layout that is left behind gets such a file here before it is.
"""

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.conversation_layout import LAYOUT as CONVERSATIONS
from api.conversation_places import ConversationFile
from api.conversations import Conversations
from api.settings import ConversationSettings
from ingest.errors import IndexBusy, IndexMissing
from ingest.store.migrations import Layout, Step, version_of
from ingest.store.sqlite import FILE_NAME, LAYOUT, SqliteStore, connect

KEPT = Path(__file__).parents[1] / "data" / "layouts"
DYING = """
import os, signal, sqlite3, sys
from pathlib import Path
from ingest.store.sqlite import SqliteStore
from ingest.store.migrations import Layout
from ingest.store.sqlite import LAYOUT

def number_sentences(connection):
    connection.execute("ALTER TABLE documents ADD COLUMN seen INTEGER")
    connection.execute("DELETE FROM journal")
    if "in" in sys.argv:
        os.kill(os.getpid(), signal.SIGKILL)

later = Layout(LAYOUT.schema, (*LAYOUT.steps, number_sentences))
with SqliteStore(Path(sys.argv[1]), later).reading():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def seen(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE documents ADD COLUMN seen INTEGER")


def failing(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO journal VALUES (1, 'nonsense', 1)")


def dangling(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM contents")


def later(*steps: Step) -> Layout:
    return Layout(LAYOUT.schema, (*LAYOUT.steps, *steps))


def tables(connection: sqlite3.Connection) -> dict[str, list[tuple]]:
    """Columns of each table and index."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
    return {
        name: [
            tuple(row)
            for pragma in ("table_info", "index_info", "foreign_key_list")
            for row in connection.execute(f"PRAGMA {pragma}({name})")
        ]
        for name in names
    }


@pytest.fixture(params=sorted(KEPT.glob("index-*.sqlite3")), ids=lambda path: path.stem)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """An index folder as an earlier version left it."""
    shutil.copy(request.param, tmp_path / FILE_NAME)
    return tmp_path


def layout_in(folder: Path) -> int:
    with closing(connect(folder / FILE_NAME, later(seen))) as connection:
        return version_of(connection)


def columns(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(documents)")]


@pytest.mark.parametrize("file", sorted(KEPT.glob("*.sqlite3")), ids=lambda path: path.stem)
def test_a_kept_file_is_of_the_layout_that_it_is_named_after(file: Path) -> None:
    with closing(sqlite3.connect(f"{file.as_uri()}?immutable=1", uri=True)) as connection:
        assert version_of(connection) == int(file.stem.rpartition("-")[2])


def test_an_index_of_every_earlier_layout_is_read_and_has_the_tables_of_today(folder: Path) -> None:
    with SqliteStore(folder).reading() as live:
        document = live.document("gate.txt")
        assert [sentence.text for sentence in live.sentences(document)] == [
            "The gate",
            "The gate was opened in 1962.",
            "It is eleven metres wide.",
        ]
        assert live.lexical(["wide"], (1.0, 1.0), 5, None)
    assert layout_in(folder) == LAYOUT.version
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        LAYOUT.lay_out(fresh)
        with closing(sqlite3.connect(folder / FILE_NAME)) as migrated:
            assert tables(migrated) == tables(fresh)


def test_a_further_step_is_taken_once_whether_the_index_is_opened_for_reading_or_writing(
    folder: Path,
) -> None:
    store = SqliteStore(folder, later(seen))
    with store.reading() as live:
        assert live.counts()[0] == 1
    with store.writing() as writing:
        assert writing.live.counts()[0] == 1
    assert columns(folder).count("seen") == 1
    assert layout_in(folder) == LAYOUT.version + 1


def test_who_reads_an_earlier_layout_while_another_writes_is_told_to_come_again(folder: Path) -> None:
    with SqliteStore(folder).writing(), pytest.raises(IndexBusy), SqliteStore(folder, later(seen)).reading():
        pass
    assert "seen" not in columns(folder)


@pytest.mark.parametrize("step", [failing, dangling])
def test_a_step_that_fails_changes_nothing(folder: Path, step: Step) -> None:
    with pytest.raises(sqlite3.IntegrityError), SqliteStore(folder, later(seen, step)).writing():
        pass
    with SqliteStore(folder).reading() as live:
        assert live.document("gate.txt").text
    assert "seen" not in columns(folder)


@pytest.mark.parametrize("moment", ["in", "after"])
def test_a_killed_migration_leaves_the_earlier_layout_or_the_later_one(folder: Path, moment: str) -> None:
    killed = subprocess.run([sys.executable, "-c", DYING, folder, moment], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert layout_in(folder) == LAYOUT.version + (moment == "after")
    assert ("seen" in columns(folder)) == (moment == "after")
    with SqliteStore(folder, later(seen)).reading() as live:
        assert live.document("gate.txt").text
    assert "seen" in columns(folder)


def test_a_file_without_tables_is_no_index_yet(tmp_path: Path) -> None:
    connect(tmp_path / FILE_NAME, create=True).close()
    with pytest.raises(IndexMissing, match="pincite ingest"), SqliteStore(tmp_path).reading():
        pass


def test_conversations_of_the_first_layout_are_kept_for_who_comes_without_a_key(tmp_path: Path) -> None:
    path = Path(shutil.copy(KEPT / "conversations-1.sqlite3", tmp_path / "conversations.sqlite3"))
    kept = Conversations(ConversationFile(tmp_path), ConversationSettings(max_days=3650))
    (only,) = kept.page(10)
    assert kept.said(only.id) == (("When was the gate opened?", "In 1962."),)
    assert kept.of("ann").page(10) == ()
    kept.append(only.id, "How wide is it?", '{"answer": "Eleven metres."}')
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        CONVERSATIONS.lay_out(fresh)
        with closing(sqlite3.connect(path)) as migrated:
            assert tables(migrated) == tables(fresh)
