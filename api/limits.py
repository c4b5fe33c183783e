"""Limits: how often one client may ask, and how much is worked on at once. What is too much is refused early.

All of it is 429 with Retry-After, whoever asked too much (RFC 6585 leaves open whether one client or the
whole server is counted): wait, and all will be well. 503 is left to what somebody has to mend or to finish.

A few lines of our own: the libraries that do this bring a storage layer for several servers, and one
process with one index needs a dictionary.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus

import anyio
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access import OPEN_FOLDERS, key_name
from api.problems import plain_problem, problem_response

MINUTE = 60.0
REMEMBERED = 10_000  # clients; whoever is forgotten begins with a full bucket
FREE = frozenset({"/", "/healthz"})
ENOUGH = "the server has enough to do: try again in a moment"
_PLACE = "pincite.place"  # of a scope: the request's place among those that are worked on
NETWORK_BITS = 64  # of an IPv6 address: one customer has so many addresses to ask from


class TokenBuckets:
    """One bucket a client: it holds a minute's worth of requests and fills up as time goes by.

    Args:
        per_minute: requests.
        clock: seconds, ever growing.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / MINUTE
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Takes a request out of a client's bucket; returns how many seconds to wait if there is none."""
        now = self._clock()
        tokens, since = self._buckets.pop(client, (self._most, now))
        tokens = min(self._most, tokens + (now - since) * self._per_second)
        granted = tokens >= 1
        self._buckets[client] = (tokens - granted, now)
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - tokens) / self._per_second


class RateGuard:
    """Refuses a client that asks too often: a key, or an address where there are no keys."""

    def __init__(self, app: ASGIApp, buckets: TokenBuckets) -> None:
        self._app = app
        self._buckets = buckets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is not too much."""
        counts = scope["type"] == "http" and not _is_free(scope["path"])
        if counts and (wait := self._buckets.take(client_of(scope))):
            detail = "this is more than one client may ask in a minute: wait, then go on"
            await _refusal(detail, wait, scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class Places:
    """Places of requests that are worked on at once, and of those that wait for one.

    Args:
        running: requests worked on at once.
        waiting: requests that may wait.
    """

    def __init__(self, running: int, waiting: int) -> None:
        self._free = anyio.Semaphore(running)
        self._most_waiting = waiting
        self._waiting = 0

    async def take(self, seconds: float) -> bool:
        """Waits for a place for so long; returns whether there was one."""
        if self._free.value == 0 and self._is_crowded():
            return False
        with self._one_more_waits(), anyio.move_on_after(seconds):
            await self._free.acquire()
            return True
        return False

    async def take_again(self) -> None:
        """Waits for a place for as long as it takes: what was begun is not refused any more."""
        await self._free.acquire()

    def leave(self) -> None:
        """Makes room for another."""
        self._free.release()

    @contextmanager
    def one_waits_elsewhere(self) -> Iterator[None]:
        """Counts one that waits for something else than a place.

        Raises:
            HTTPException: if enough are waiting.
        """
        if self._is_crowded():
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, ENOUGH, {"Retry-After": "1"})
        with self._one_more_waits():
            yield

    def _is_crowded(self) -> bool:
        return self._waiting >= self._most_waiting

    @contextmanager
    def _one_more_waits(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


class _Place:
    """The place that one request has, or has let go."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._is_held = True

    def leave(self) -> None:
        if self._is_held:
            self._is_held = False
            self._places.leave()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        with self._places.one_waits_elsewhere():
            self.leave()
            yield
            await self._places.take_again()
            self._is_held = True


@asynccontextmanager
async def place_lent(scope: Scope) -> AsyncIterator[None]:
    """Lets another request be worked on while this one waits for something, then waits for a place again.

    Raises:
        HTTPException: if enough are waiting.
    """
    place: _Place | None = scope.get(_PLACE)
    if place is None:
        yield
        return
    async with place.lent():
        yield


class LoadGuard:
    """Works on so many requests at once, lets some wait a little, and refuses the rest.

    Args:
        app: what stands behind.
        places: how many.
        seconds: how long a request may wait.
    """

    def __init__(self, app: ASGIApp, places: Places, seconds: float) -> None:
        self._app = app
        self._places = places
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what finds its turn."""
        if scope["type"] != "http" or _is_free(scope["path"]) or _is_long(scope["path"]):
            await self._app(scope, receive, send)
            return
        if not await self._places.take(self._seconds):
            await _refusal(ENOUGH, 1, scope)(scope, receive, send)
            return
        place = scope[_PLACE] = _Place(self._places)
        try:
            await self._app(scope, receive, send)
        finally:
            place.leave()


def client_of(scope: Scope) -> str:
    """Who asks: the name of a key, or an address; of IPv6 addresses the network."""
    if name := key_name(scope):
        return f"key {name}"
    host = scope["client"][0] if scope.get("client") else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    if isinstance(address, ipaddress.IPv6Address) and not address.ipv4_mapped:
        return str(ipaddress.ip_network((address, NETWORK_BITS), strict=False))
    return host


def _is_free(path: str) -> bool:
    return path in FREE or path.startswith(OPEN_FOLDERS)


def _is_long(path: str) -> bool:
    """Streams that wait for something else would hold a turn and do nothing."""
    return path.startswith("/v1/jobs/") and path.endswith("/events")


def _refusal(detail: str, wait: float, scope: Scope) -> ASGIApp:
    problem = plain_problem(HTTPStatus.TOO_MANY_REQUESTS, detail, scope["path"])
    return problem_response(problem, {"Retry-After": str(math.ceil(wait))})
