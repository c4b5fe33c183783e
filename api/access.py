"""Who may do what: a request without the key it needs goes no further, its body is not even read."""

from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import KeysUnreadable
from api.guards import is_loopback
from api.keys import ApiKey, KeyRing
from api.problems import plain_problem, problem_of, problem_response
from api.settings import ServeSettings

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
                key, refusal = self._judge(scope)
            except KeysUnreadable as error:
                await problem_response(problem_of(error, scope["path"]))(scope, receive, send)
                return
            if key is not None:
                scope[_KEY] = key.name
            scope[_MAY] = self._may(key)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _may(self, key: ApiKey | None) -> str:
        if key is not None:
            return key.scope
        return self._settings.allow_anonymous if self._asks_for_keys() else "write"

    def _asks_for_keys(self) -> bool:
        return is_exposed(self._settings) or self._keys.exists()

    def _judge(self, scope: Scope) -> tuple[ApiKey | None, ASGIApp | None]:
        """The key that was sent, if it is one, and the refusal that is due, if one is."""
        if not self._asks_for_keys():
            return None, None  # nobody was given a key; what clients send of their own accord is none
        needed = REACH[_needed(scope["method"], scope["path"])]
        sent = _sent(Headers(scope=scope))
        if sent is None:
            if needed <= REACH[self._settings.allow_anonymous]:
                return None, None
            return None, _unknown(scope["path"], "give an API key, as `Authorization: Bearer …`")
        key = self._keys.find(sent)
        if key is None and needed:
            return None, _unknown(scope["path"], "this is no API key of this server, or no longer")
        if key is not None and REACH[key.scope] < needed:
            return key, _forbidden(scope["path"], key)
        return key, None


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
