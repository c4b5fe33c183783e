"""What stands before the routes: requests of strange hosts and requests too large go no further."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from http import HTTPStatus

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import plain_problem, problem_response

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r":\d+$")


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class HostGuard:
    """Refuses requests that name another host.

    A page somewhere on the web may point its own name at 127.0.0.1 (DNS rebinding) and ask through the
    reader's browser; its requests then carry that name.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what names one of the hosts."""
        if scope["type"] == "http":
            named = _PORT.sub("", Headers(scope=scope).get("host", "")).lower()
            if named not in self._hosts:
                status = HTTPStatus.MISDIRECTED_REQUEST
                problem = plain_problem(status, "this server does not answer to that host", scope["path"])
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class OriginGuard:
    """Refuses changes and questions that a page from elsewhere sends through its reader's browser.

    Such a page may not read an answer, yet it may send files without asking first (CSRF). A browser says
    from where; other clients say nothing.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what comes from our own page, or from no page."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            if origin is not None and not self._is_ours(origin.lower(), headers.get("host", "").lower()):
                problem = plain_problem(
                    HTTPStatus.FORBIDDEN, "another page's requests are refused", scope["path"]
                )
                await problem_response(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_ours(self, origin: str, host: str) -> bool:
        place = origin.partition("://")[2]
        return bool(place) and (place == host or _PORT.sub("", place) in self._hosts)


class BodyGuard:
    """Refuses bodies of more than `limit` bytes, announced or not, and those that do not come to an end.

    Args:
        app: what stands behind.
        limit: bytes.
        seconds: until the last byte has arrived.
        larger: limits of routes that take more, by method and path.
    """

    def __init__(
        self, app: ASGIApp, limit: int, seconds: float, larger: Mapping[tuple[str, str], int]
    ) -> None:
        self._app = app
        self._seconds = seconds
        self._limit = limit
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is small enough, counting as it comes in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._larger.get((scope["method"], scope["path"]), self._limit)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > limit:
            problem = plain_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _most(limit), scope["path"])
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, _counting(receive, limit, self._seconds), send)


def _counting(receive: Receive, limit: int, seconds: float) -> Receive:
    taken, is_whole = 0, False
    deadline = anyio.current_time() + seconds

    async def receive_counted() -> Message:
        # What is raised here is raised where the body is read, inside the application: it becomes a problem.
        nonlocal taken, is_whole
        if is_whole:
            return await receive()  # waits for the client to go away
        try:
            with anyio.fail_after(deadline - anyio.current_time()):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT, f"a body may take {seconds:g} s at most"
            ) from error
        is_whole = not message.get("more_body", False)
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _most(limit))
        return message

    return receive_counted


def _most(limit: int) -> str:
    return f"a body may have {limit:,} bytes at most"
