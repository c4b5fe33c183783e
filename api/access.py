"""Who may do what: a request without the key it needs goes no further, its body is not even read."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import KeysUnreadable
from api.guards import is_loopback
from api.keys import ApiKey, KeyRing
from api.problems import error_response, plain_problem, problem_response
from api.settings import ServeSettings
from ingest.errors import IngestError

# Everything not named here needs a key: a route that is forgotten is closed.
OPEN = frozenset({"/", "/docs", "/openapi.json", "/healthz", "/readyz"})
OPEN_FOLDERS = ("/web/", "/swagger/", "/d/")
DOCUMENTS = "/v1/documents"
HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
REACH = {"nothing": 0, "read": 1, "write": 2}
_KEY = "pincite.key"  # of a scope: the name of the key that was sent
_MAY = "pincite.may"  # of a scope: what whoever sent it may do


def is_exposed(settings: ServeSettings) -> bool:
    """Whether others than this machine's own users are let in, by its address or by a proxy."""
    return not is_loopback(settings.host) or bool(settings.allowed_hosts)


def key_name(scope: Scope) -> str:
    """Name of the key that came with a request; "" if none did."""
    return str(scope.get(_KEY, ""))


def may_change(scope: Scope) -> bool:
    """Whether whoever sent a request may change documents."""
    return scope.get(_MAY) == "write"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The key that was sent, if it is one; what may be done; and the refusal that is due, if one is."""

    key: ApiKey | None = None
    may: str = "nothing"
    refusal: ASGIApp | None = None


class KeyGuard:
    """Asks for a key wherever others are let in, and everywhere once there is one.

    Args:
        app: what stands behind.
        keys: the keys there are.
        settings: what may be done without.
    """

    def __init__(self, app: ASGIApp, keys: KeyRing, settings: ServeSettings) -> None:
        self._app = app
        self._keys = keys
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what may be done."""
        if scope["type"] == "http":
            try:
                # In a thread: keys may be in a database.
                verdict = await run_in_threadpool(
                    self._judge, scope["method"], scope["path"], Headers(scope=scope)
                )
            except (KeysUnreadable, IngestError) as error:
                await error_response(error, scope["path"])(scope, receive, send)
                return
            if verdict.key is not None:
                scope[_KEY] = verdict.key.name
            scope[_MAY] = verdict.may
            if verdict.refusal is not None:
                await verdict.refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _judge(self, method: str, path: str, headers: Headers) -> _Verdict:
        needed, sent = REACH[_needed(method, path)], _sent(headers)
        if not needed and sent is None:
            return _Verdict()
        if not (is_exposed(self._settings) or self._keys.exists()):
            return _Verdict(
                may="write"
            )  # nobody was given a key; what clients send of their own accord is none
        anonymous = self._settings.allow_anonymous
        if sent is None:
            unknown = _unknown(path, "give an API key, as `Authorization: Bearer …`")
            return _Verdict(may=anonymous, refusal=None if needed <= REACH[anonymous] else unknown)
        key = self._keys.find(sent)
        if key is None:
            unknown = _unknown(path, "this is no API key of this server, or no longer")
            return _Verdict(may=anonymous, refusal=unknown if needed else None)
        forbidden = _forbidden(path, key) if REACH[key.scope] < needed else None
        return _Verdict(key, key.scope, forbidden)


def _needed(method: str, path: str) -> str:
    if path in OPEN or path.startswith(OPEN_FOLDERS):
        return "nothing"
    changes = method not in HARMLESS and (path == DOCUMENTS or path.startswith(DOCUMENTS + "/"))
    return "write" if changes else "read"


def _sent(headers: Headers) -> str | None:
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    return headers.get("x-api-key")


def _unknown(path: str, detail: str) -> ASGIApp:
    problem = plain_problem(HTTPStatus.UNAUTHORIZED, detail, path)
    return problem_response(problem, {"WWW-Authenticate": 'Bearer realm="pincite"'})


def _forbidden(path: str, key: ApiKey) -> ASGIApp:
    detail = (
        f"the key {key.name!r} may {key.scope}, not change documents: `pincite key create` with scope write"
    )
    problem = plain_problem(HTTPStatus.FORBIDDEN, detail, path)
    return problem_response(problem, {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="write"'})
