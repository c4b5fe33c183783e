"""Conversations that the server keeps: limits, order, and files that are not ours. Real engines."""

import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.conversation_places import FILE_NAME, ConversationFile, ConversationTables, Place
from api.conversations import Conversations
from api.errors import ConversationFull, ConversationNotFound, ConversationsUnreadable
from api.settings import ConversationSettings
from ingest.errors import StorageUnavailable
from ingest.postgres import Database

DAY_NS = 86_400 * 10**9


class Clock:
    """Stands still until it is set."""

    def __init__(self, now: int = 20_000 * DAY_NS) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture(params=["file", "postgres"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Place]:
    """Opens the same place, as another process would."""
    if request.param == "file":
        return lambda: ConversationFile(tmp_path)
    address = SecretStr(request.getfixturevalue("postgres"))
    return lambda: ConversationTables(Database(address))


@pytest.fixture
def place(open_again: Callable[[], Place]) -> Place:
    return open_again()


def conversations(place: Place, clock: Clock | None = None, **limits: int) -> Conversations:
    return Conversations(place, ConversationSettings(**limits), clock or Clock())


def answer(text: str) -> str:
    return json.dumps({"answer": text})


def test_turns_come_back_in_order_from_a_file_opened_again(open_again: Callable[[], Place]) -> None:
    kept = conversations(open_again())
    chosen = kept.start().id
    kept.append(chosen, "Who?", answer("She."))
    kept.append(chosen, "When?", answer(""))
    again = conversations(open_again())
    assert again.said(chosen) == (("Who?", "She."), ("When?", ""))
    summary, turns = again.get(chosen)
    assert (summary.title, summary.turns) == ("Who?", 2)
    assert [turn.answer for turn in turns] == [answer("She."), answer("")]


def test_ids_are_long_and_never_the_same(place: Place) -> None:
    kept = conversations(place)
    ids = {kept.start().id for _ in range(20)}
    assert len(ids) == 20
    assert min(map(len, ids)) >= 24


def test_looking_makes_no_file(tmp_path: Path) -> None:
    kept = conversations(ConversationFile(tmp_path))
    assert kept.page(10) == ()
    for look in (kept.get, kept.said, kept.delete):
        with pytest.raises(ConversationNotFound, match="nosuch"):
            look("nosuch")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_went_away_is_not_made_anew(tmp_path: Path) -> None:
    kept = conversations(ConversationFile(tmp_path / "index"))
    for use in (kept.start, lambda: kept.get("any")):
        with pytest.raises(StorageUnavailable, match="is gone: put it back"):
            use()
    assert not (tmp_path / "index").exists()


def test_pages_go_on_where_the_last_one_ended_the_latest_used_first(place: Place) -> None:
    kept = conversations(place)
    ids = [kept.start().id for _ in range(5)]
    kept.append(ids[1], "Who?", answer("She."))
    first = kept.page(3)
    second = kept.page(3, before=first[-1].updated)
    assert [item.id for item in (*first, *second)] == [ids[1], ids[4], ids[3], ids[2], ids[0]]


def test_those_used_longest_ago_make_room(place: Place) -> None:
    kept = conversations(place, max_kept=2)
    first, second = kept.start().id, kept.start().id
    kept.append(first, "Who?", answer("She."))
    third = kept.start().id
    assert [item.id for item in kept.page(10)] == [third, first]
    with pytest.raises(ConversationNotFound):
        kept.get(second)


def test_what_one_owner_keeps_is_neither_seen_nor_pushed_out_by_another(place: Place) -> None:
    kept = conversations(place, max_kept=1)
    ann, bob = kept.of("ann"), kept.of("bob")
    chosen = ann.start().id
    ann.append(chosen, "Who?", answer("She."))
    other = [bob.start().id for _ in range(3)][-1]
    assert [item.id for item in ann.page(10)] == [chosen]
    assert [item.id for item in bob.page(10)] == [other]
    assert kept.page(10) == ()
    for look in (bob.get, bob.said, bob.delete, kept.get, lambda one: bob.append(one, "Who?", answer(""))):
        with pytest.raises(ConversationNotFound):
            look(chosen)
    assert ann.said(chosen) == (("Who?", "She."),)


def test_what_was_not_used_for_too_long_is_gone(place: Place) -> None:
    clock = Clock()
    kept = conversations(place, clock, max_days=7)
    old, used = kept.start().id, kept.start().id
    clock.now += 5 * DAY_NS
    kept.append(used, "Who?", answer("She."))
    clock.now += 3 * DAY_NS
    assert [item.id for item in kept.page(10)] == [used]
    with pytest.raises(ConversationNotFound):
        kept.append(old, "Who?", answer("She."))
    clock.now += 5 * DAY_NS
    assert kept.page(10) == ()


def test_a_full_conversation_takes_no_further_turn(place: Place) -> None:
    kept = conversations(place, max_turns=1)
    chosen = kept.start().id
    kept.append(chosen, "Who?", answer("She."))
    for more in (lambda: kept.said(chosen), lambda: kept.append(chosen, "When?", answer("Then."))):
        with pytest.raises(ConversationFull, match="1 turns"):
            more()
    assert kept.get(chosen)[0].turns == 1


def test_what_is_deleted_is_gone_with_its_turns(place: Place) -> None:
    kept = conversations(place)
    chosen = kept.start().id
    kept.append(chosen, "Who?", answer("She."))
    kept.delete(chosen)
    with pytest.raises(ConversationNotFound):
        kept.delete(chosen)
    with place.changing() as connection:
        assert connection.execute("SELECT count(*) FROM turns").fetchone() == (0,)


def test_a_clock_set_back_changes_no_order(place: Place) -> None:
    clock = Clock()
    kept = conversations(place, clock)
    first = kept.start().id
    clock.now -= DAY_NS
    second = kept.start().id
    assert [item.id for item in kept.page(10)] == [second, first]


def test_many_writers_lose_nothing(open_again: Callable[[], Place]) -> None:
    chosen = conversations(open_again()).start().id

    def write(name: int) -> None:
        kept = conversations(open_again())  # as another process would
        for number in range(5):
            kept.append(chosen, f"{name} {number}", answer(""))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = [question for question, _ in conversations(open_again()).said(chosen)]
    assert len(asked) == 20
    for name in range(4):
        assert [each for each in asked if each.startswith(f"{name} ")] == [f"{name} {n}" for n in range(5)]


def test_a_file_that_is_not_ours_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database at all" * 100)
    with pytest.raises(ConversationsUnreadable, match=FILE_NAME):
        conversations(ConversationFile(tmp_path)).page(10)


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(ConversationsUnreadable, match="layout 7, and this Pincite knows 2"):
        conversations(ConversationFile(tmp_path)).start()


def test_a_question_with_a_nul_is_kept_as_far_as_it_can_be(place: Place) -> None:
    kept = conversations(place)
    chosen = kept.start().id
    kept.append(chosen, "Who\0?", answer("She."))
    assert kept.said(chosen)[0][0] in ("Who\0?", "Who\ufffd?")
    with pytest.raises(ConversationNotFound):
        kept.get(chosen + "\0")
