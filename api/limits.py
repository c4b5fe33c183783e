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
from collections.abc import Callable
from http import HTTPStatus

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from api.access import OPEN_FOLDERS, key_name
from api.problems import plain_problem, problem_response

MINUTE = 60.0
REMEMBERED = 10_000  # clients; whoever is forgotten begins with a full bucket
FREE = frozenset({"/", "/healthz"})
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


class LoadGuard:
    """Works on so many requests at once, lets some wait a little, and refuses the rest.

    Args:
        app: what stands behind.
        running: requests worked on at once.
        waiting: requests that may wait for their turn.
        seconds: how long they may.
    """

    def __init__(self, app: ASGIApp, running: int, waiting: int, seconds: float) -> None:
        self._app = app
        self._turns = anyio.Semaphore(running)
        self._most_waiting = waiting
        self._seconds = seconds
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what finds its turn."""
        if scope["type"] != "http" or _is_free(scope["path"]) or _is_long(scope["path"]):
            await self._app(scope, receive, send)
            return
        if not await self._take_turn():
            detail = "the server has enough to do: try again in a moment"
            await _refusal(detail, 1, scope)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._turns.release()

    async def _take_turn(self) -> bool:
        if self._turns.value == 0 and self._waiting >= self._most_waiting:
            return False
        self._waiting += 1
        try:
            with anyio.fail_after(self._seconds):
                await self._turns.acquire()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True


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
