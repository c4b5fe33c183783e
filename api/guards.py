"""What stands before the routes: requests of strange hosts and requests too large go no further."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import plain_problem, problem_response

HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
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
    """Refuses to change anything for a page of another site.

    Such a page may send a form, files included, through the reader's browser without asking first. The
    browser says so, and no page can make it say otherwise; programs that are no browser say nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what changes nothing, and what our own page or no page at all has sent."""
        if scope["type"] == "http" and scope["method"] not in HARMLESS and _is_foreign(Headers(scope=scope)):
            detail = "this comes from a page of another site"
            problem = plain_problem(HTTPStatus.FORBIDDEN, detail, scope["path"])
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_foreign(headers: Headers) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    # Browsers leave the header out where they trust the connection less, and older ones always.
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


class BodyGuard:
    """Refuses bodies of more than `limit` bytes, announced or not.

    Args:
        app: what stands behind.
        limit: bytes.
        larger: limits of routes that take more, by method and path.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[tuple[str, str], int]) -> None:
        self._app = app
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
        await self._app(scope, _counting(receive, limit), send)


def _counting(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def receive_counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            # Raised where the body is read, inside the application, which makes it a problem.
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _most(limit))
        return message

    return receive_counted


def _most(limit: int) -> str:
    return f"a body may have {limit:,} bytes at most"
