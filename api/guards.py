"""What stands before the routes: requests of strange hosts and requests too large go no further."""

import ipaddress
import re
from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import plain_problem, problem_response

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


class BodyGuard:
    """Refuses bodies of more than `limit` bytes, announced or not."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is small enough, counting as it comes in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > self._limit:
            problem = plain_problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._detail(), scope["path"])
            await problem_response(problem)(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                # Raised where the body is read, inside the application, which makes it a problem.
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, self._detail())
            return message

        return receive_counted

    def _detail(self) -> str:
        return f"a body may have {self._limit:,} bytes at most"
