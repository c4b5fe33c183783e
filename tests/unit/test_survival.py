"""What the campaigns of survival stand on: earlier layouts as they were, and a page that drops nothing."""

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.conversation_places import FILE_NAME, ConversationFile
from api.conversations import Conversations
from api.settings import ConversationSettings
from benchmarks.survival import page
from benchmarks.survival.damages import DAMAGES
from benchmarks.survival.dying import Place, change, make_base
from benchmarks.survival.fates import OLD, write
from benchmarks.survival.layouts import NEXT, open_book, undo_conversations, versions
from benchmarks.survival.looking import REFUSED, look
from benchmarks.survival.sections import SECTIONS
from ingest.store.sqlite import LAYOUT, SqliteStore

KEPT = Path(__file__).parents[1] / "data" / "layouts"
STANDING = "# Reliability\n\n" + "\n".join(f"## {each.title}\n\nAs it was.\n" for each in SECTIONS.values())


def columns(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Columns and foreign keys of each table."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: [
                row
                for pragma in ("table_info", "foreign_key_list")
                for row in connection.execute(f"PRAGMA {pragma}({name})").fetchall()
            ]
            for name in names
        }


def test_undone_conversations_are_as_the_first_layout_had_them(tmp_path: Path) -> None:
    kept = Conversations(ConversationFile(tmp_path), ConversationSettings())
    chosen = kept.start().id
    kept.append(chosen, "When?", '{"answer": "In 1962."}')
    undo_conversations(tmp_path)
    assert versions(tmp_path) == (0, 1)
    assert columns(tmp_path / FILE_NAME) == columns(KEPT / "conversations-1.sqlite3")
    assert kept.said(chosen) == (("When?", "In 1962."),)


def test_a_book_brought_to_the_next_layout_is_read_in_it(tmp_path: Path) -> None:
    with SqliteStore(tmp_path).writing():
        pass
    assert versions(tmp_path)[0] == LAYOUT.version
    with SqliteStore(tmp_path, NEXT).reading():
        pass
    assert versions(tmp_path)[0] == NEXT.version
    with open_book(tmp_path).reading() as live:
        assert live.counts() == (0, 0, 0)


def test_what_repairs_and_looks_in_the_kill_campaign_does_so(tmp_path: Path) -> None:
    place = Place(tmp_path / "index", tmp_path / "folder")
    write(place.folder, OLD)
    make_base(place)
    DAMAGES["head of the book, and vectors lost"](place.index, random.Random(1))
    assert look(place, "repair", is_complete=False).state == REFUSED
    change(place, "repair")
    seen = look(place, "repair", is_complete=True)
    assert (seen.state, seen.verdicts, seen.faults) == ("after", {"exact": 1000}, ())


def soak(**more: object) -> dict[str, Any]:
    slope = {"per_hour": 5.0, "low": 1.0, "high": 9.0, "first": 500.0, "last": 505.0, "most": 506.0, "n": 30}
    steady = {**slope, "per_hour": 0.1, "low": -0.2}
    samples = [{"minute": minute, "resident_mb": 500.0 + minute} for minute in range(50)]
    figures = {
        "minutes": 49, "is_over": True, "pace": 1, "warm_up": 20, "done": {"chat": 9},
        "wrong": {}, "logged": {},
        "slopes": {"resident_mb": slope, "handles": steady}, "samples": samples, **more,
    }  # fmt: skip
    return {"command": "python -m benchmarks.survival soak", "taken": "2026-11-22", "figures": figures}


def written(**figures: dict[str, Any]) -> str:
    return page.written(STANDING, {name: figures.get(name) for name in SECTIONS})


def test_what_was_not_run_again_stays_on_the_page() -> None:
    told = written(soak=soak())
    assert told.count("As it was.") == len(SECTIONS) - 1
    assert [line[3:] for line in told.splitlines() if line.startswith("## ")] == [
        *(each.title for each in SECTIONS.values()),
        "What it does not do",
    ]


def test_a_campaign_that_was_never_run_is_named_and_the_page_left_alone() -> None:
    with pytest.raises(SystemExit, match="kills was not run"):
        page.written("# Reliability\n", dict.fromkeys(SECTIONS))


def test_the_page_written_twice_is_the_same() -> None:
    committed = page.PAGE.read_text(encoding="utf-8")
    assert page.written(committed, dict.fromkeys(SECTIONS)) == committed


@pytest.mark.parametrize(
    ("arenas", "told"),
    [
        ("1", "with `MALLOC_ARENA_MAX=1`, as the container image"),
        (None, "without `MALLOC_ARENA_MAX`"),
        ("2", "with `MALLOC_ARENA_MAX=2`.\n"),
    ],
)
def test_the_soak_says_which_arenas_it_had_and_what_grew(arenas: str | None, told: str) -> None:
    text = written(soak=json.loads(json.dumps(soak(arenas=arenas))))
    assert told in text
    assert "Grown, by intervals above nothing: resident. Not shown to grow: handles." in text
    assert "changed by +60.0 MB an hour" in text


def test_a_soak_in_haste_says_so() -> None:
    assert "came 2 times as fast" in written(soak=soak(pace=2))
    assert "times as fast" not in written(soak=soak())


def test_a_soak_that_was_broken_off_says_so() -> None:
    assert "for 49 minutes, when it was broken off" in written(soak=soak(is_over=False))
    assert "broken off" not in written(soak=soak())
