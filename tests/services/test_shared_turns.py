"""Servers over one database take turns at a conversation."""

import threading
from pathlib import Path

import anyio
import anyio.to_thread
import httpx
import psycopg
import pytest
from pydantic import SecretStr

from api.asking import LOOK_SECONDS, Turns
from api.conversation_places import ConversationTables
from ingest.assembly import open_builder
from ingest.errors import IndexUnreachable
from ingest.postgres import Database
from ingest.postgres_locks import Locks
from ingest.settings import IndexSettings, StorageSettings
from qa.drafts import Evidence, Statements
from qa.generation import ExtractiveGenerator
from tests.story.test_http import serving
from tests.story.test_http_conversations import PATH, SECONDS, ask, start

KIND = 7


def locks_of(address: str) -> Locks:
    """As another server has them."""
    return Locks(Database(SecretStr(address)), KIND)


def end_all_others(address: str) -> int:
    """Ends our connections, as a network does; returns how many there were."""
    with psycopg.connect(address, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name LIKE 'pincite%' AND pid <> pg_backend_pid()"
        )
        return len(ended.fetchall())


def test_a_lock_is_held_by_one_and_many_take_one_connection(postgres: str) -> None:
    end_all_others(postgres)  # that other tests kept
    one, other = locks_of(postgres), locks_of(postgres)
    names = [f"conversation {number}" for number in range(30)]
    assert all(map(one.take, names))
    assert not any(map(other.take, names))
    assert not one.take(names[0])
    assert other.take("another")
    one.free(names[0])
    assert other.take(names[0])
    one.free("never taken")
    assert end_all_others(postgres) == 2
    for locks in (one, other):
        for name in (*names, "another"):
            locks.free(name)


def test_locks_go_with_their_connection_and_whoever_held_one_can_go_on(postgres: str) -> None:
    one, other = locks_of(postgres), locks_of(postgres)
    assert one.take("a")
    end_all_others(postgres)
    assert other.take("a")
    one.free("a")
    assert not one.take("a")
    assert one.take("b")
    other.free("a")
    assert one.take("a")
    one.free("a")
    one.free("b")


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    locks = locks_of("postgresql://ann@127.0.0.1:1/shelf")
    with pytest.raises(IndexUnreachable):
        locks.take("a")
    locks.free("a")


def test_a_turn_ends_when_whoever_asked_is_gone_and_nobody_gets_one_who_left_waiting(postgres: str) -> None:
    one, other = (ConversationTables(Database(SecretStr(postgres))) for _ in range(2))
    turns = Turns(one)

    async def take_a_turn() -> None:
        async with turns.turn("a", {}):
            await anyio.sleep_forever()

    async def leave_in_the_middle() -> None:
        async with anyio.create_task_group() as asking:
            asking.start_soon(take_a_turn)
            while await anyio.to_thread.run_sync(other.take_turn, "a"):
                other.end_turn("a")
            asking.cancel_scope.cancel()

    async def leave_while_waiting() -> None:
        async with anyio.create_task_group() as asking:
            asking.start_soon(take_a_turn)
            await anyio.sleep(LOOK_SECONDS)
            asking.cancel_scope.cancel()

    anyio.run(leave_in_the_middle)
    assert other.take_turn("a")
    anyio.run(leave_while_waiting)
    other.end_turn("a")
    assert one.take_turn("a")
    one.end_turn("a")


def test_two_questions_on_two_servers_are_asked_one_after_the_other(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafted, take = ExtractiveGenerator.draft, Locks.take
    begun, waiting = threading.Event(), threading.Event()

    def draft(self: ExtractiveGenerator, question: str, evidence: Evidence) -> Statements:
        begun.set()
        assert waiting.wait(SECONDS)
        return drafted(self, question, evidence)

    def told(self: Locks, name: str) -> bool:
        is_taken = take(self, name)
        if not is_taken:
            waiting.set()
        return is_taken

    monkeypatch.setattr(ExtractiveGenerator, "draft", draft)
    monkeypatch.setattr(Locks, "take", told)
    (tmp_path / "deal.txt").write_text(
        "Japan will receive about 400 Tomahawks in 2026. Korea will receive none."
    )
    storage = {"book": postgres}
    settings = IndexSettings(index=tmp_path / "index", storage=StorageSettings.model_validate(storage))
    open_builder(settings).ingest([str(tmp_path / "deal.txt")])
    with serving(settings.index, storage=storage) as one, serving(settings.index, storage=storage) as other:
        chosen = start(one)
        answers: list[httpx.Response] = []
        first = threading.Thread(
            target=lambda: answers.append(ask(one, "How many Tomahawks will Japan receive?", chosen))
        )
        first.start()
        assert begun.wait(SECONDS)
        second = ask(other, "And Korea?", chosen).json()
        first.join()
        assert second["trace"]["query"] == "How many Tomahawks will Korea receive?"
        turns = other.get(f"{PATH}/{chosen}").json()["turns"]
        assert [turn["answer"] for turn in turns] == [answers[0].json(), second]
