"""Token buckets, by a clock of our own."""

import anyio
import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.limits import REMEMBERED, LoadGuard, Places, TokenBuckets, client_of, place_lent


class Clock:
    """Shows the seconds it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_a_minutes_worth_and_fills_up_again() -> None:
    clock = Clock()
    buckets = TokenBuckets(60, clock)
    assert [buckets.take("a") for _ in range(60)] == [0.0] * 60
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b") == 0.0
    clock.now = 1.5
    assert buckets.take("a") == 0.0
    assert buckets.take("a") == pytest.approx(0.5)
    clock.now = 1_000_000.0
    assert [buckets.take("a") for _ in range(61)].count(0.0) == 60


def test_so_many_clients_are_remembered_and_no_more() -> None:
    buckets = TokenBuckets(1, Clock())
    for number in range(REMEMBERED):
        buckets.take(str(number))
    assert buckets.take("0") > 0
    assert buckets.take("one more") == 0.0
    assert buckets.take("1") == 0.0  # forgotten


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("unix", "unix"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_one_customer(address: str, client: str) -> None:
    assert client_of({"client": (address, 1)}) == client


def test_a_client_without_an_address_is_one_client() -> None:
    assert client_of({"client": None}) == ""


def test_a_place_that_is_lent_is_anothers_and_waited_for_afterwards() -> None:
    told: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/waits":
            async with place_lent(scope):
                told.append("waits")
                await scope["until"].wait()
            told.append("goes on")
        else:
            told.append(scope["path"])
            await scope["until"].wait()

    async def run() -> None:
        guard = LoadGuard(app, Places(running=1, waiting=1), seconds=60)
        first, second, third = anyio.Event(), anyio.Event(), anyio.Event()
        third.set()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(guard, asked("/waits", first), receive, ignore)
            await anyio.wait_all_tasks_blocked()
            tasks.start_soon(guard, asked("/other", second), receive, ignore)
            await anyio.wait_all_tasks_blocked()
            first.set()
            await anyio.wait_all_tasks_blocked()
            assert told == ["waits", "/other"]  # its own place is not free yet
            with pytest.raises(HTTPException):  # one waits already
                async with place_lent(await held(Places(running=1, waiting=0))):
                    pass
            second.set()
        assert told == ["waits", "/other", "goes on"]
        await guard(asked("/last", third), receive, ignore)  # and it was left again
        assert told[-1] == "/last"

    anyio.run(run)


async def held(places: Places) -> Scope:
    """The scope of a request that has a place."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(dict(scope))

    await LoadGuard(app, places, seconds=60)(asked("/x", anyio.Event()), receive, ignore)
    return found[0]


def asked(path: str, until: anyio.Event) -> Scope:
    return {"type": "http", "path": path, "until": until}


async def receive() -> Message:
    return {"type": "http.disconnect"}


async def ignore(_: Message) -> None:
    """Nobody listens."""
