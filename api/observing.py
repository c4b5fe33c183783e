"""One line in the log, one id and one trace a request, and a problem for whatever nobody foresaw.

No question, no answer and no id of a document is logged: a line names the route as it is described.
"""

import logging
import re
import secrets
import time
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.at_hand import SECOND, begin
from api.limits import client_of
from api.metrics import Metrics
from api.problems import problem_of, problem_response
from api.tracing import CARRIED, Served, Tracing

logger = logging.getLogger("pincite")
access = logging.getLogger("pincite.access")

HEADER = "X-Request-ID"
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNKNOWN = "-"  # a request that came to no route
LEFT = 499  # a client that went away before there was an answer, as nginx says it


class Observed:
    """Watches requests come and go; stands before every guard."""

    def __init__(self, app: ASGIApp, metrics: Metrics, tracing: Tracing) -> None:
        self._app = app
        self._metrics = metrics
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, and writes down what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watched = _Watched(scope, send)
        try:
            await self._app(scope, receive, watched.send)
        except Exception as error:  # a door: the client learns that it happened, the log what
            logger.exception("a request failed")
            if watched.status is not None:
                raise  # the connection breaks off: what was sent is not whole
            await problem_response(problem_of(error, scope["path"]))(scope, receive, watched.send)
        finally:
            self._write_down(watched, scope)

    def _write_down(self, watched: "_Watched", scope: Scope) -> None:
        seconds = time.perf_counter() - watched.started
        method, status = scope["method"], watched.status or LEFT
        described = getattr(scope.get("route"), "path", "")
        route = described or UNKNOWN
        self._metrics.count_request(method, route, status, seconds)
        fields = {
            "request": watched.id,
            "client": client_of(scope),
            "method": method,
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
        }
        access.info("%s %s %s", method, route, status, extra={"fields": fields})
        now = time.time_ns()
        began, steps = now - round(seconds * SECOND), tuple(watched.at_hand.steps)
        self._tracing.record(Served(watched.id, method, described, status, began, now, watched.parent, steps))


class _Watched:
    """A request on its way: its id, when it came, whose part it is, and the status it was answered with."""

    def __init__(self, scope: Scope, send: Send) -> None:
        headers = Headers(scope=scope)
        given = headers.get(HEADER, "")
        self.id = given if ID.fullmatch(given) else secrets.token_hex(8)
        self.at_hand = begin(self.id)
        self.parent = {name: headers[name] for name in CARRIED if name in headers}
        self.started = time.perf_counter()
        self.status: int | None = None
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(HTTPStatus(message["status"]))
            MutableHeaders(scope=message)[HEADER] = self.id
        await self._send(message)
