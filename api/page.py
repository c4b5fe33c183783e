"""The page at `/`: plain files beside this module, and the headers that keep it to itself."""

import mimetypes
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WEB = Path(__file__).parent / "web"
PRIVATE = ("/v1/", "/metrics")  # answers from documents are kept nowhere on the way
OPEN = ("/docs", "/swagger")  # Swagger UI is a page of its own: inline script and styles

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        # Text can become a node of the page in one way only: as text.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# What a system's own table may say otherwise, and a browser told not to sniff would refuse.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


def add_page(app: FastAPI) -> None:
    """The page at `/` and at every deep link `/d/{id}`, its files under `/web`."""
    app.mount("/web", _Files(directory=WEB))

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    @app.api_route("/d/{id:path}", methods=["GET", "HEAD"], include_in_schema=False)
    def page() -> FileResponse:
        return FileResponse(WEB / "index.html", headers={"Cache-Control": "no-cache"})


class _Files(StaticFiles):
    """Files that a browser asks about again each time, so that a new version is one version."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """As its parent sends it."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type] # passed on as they are
        response.headers["Cache-Control"] = "no-cache"
        return response


class SafeHeaders:
    """Says with every response what a browser may do with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on, adding headers to what comes back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if scope["path"].startswith(PRIVATE):
                    headers["Cache-Control"] = "no-store"
                if not scope["path"].startswith(OPEN):
                    headers["Content-Security-Policy"] = POLICY
            await send(message)

        await self._app(scope, receive, send_with_headers)
