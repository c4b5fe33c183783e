"""The HTTP application."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from threading import Event
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from api.access import OPEN, KeyGuard
from api.at_hand import note_steps
from api.completions.errors import is_openai_path
from api.document_routes import build_document_router
from api.errors import Refusal
from api.guards import THIS_MACHINE, BodyGuard, HostGuard, OriginGuard, is_loopback
from api.holdings import take_stock
from api.house import House
from api.key_stores import open_keys
from api.library import Library
from api.limits import LoadGuard, Places, RateGuard, TokenBuckets
from api.metrics import Metrics
from api.observing import Observed
from api.page import SafeHeaders, add_page
from api.problems import MEDIA_TYPE, install_problems
from api.routes import build_router
from api.service_routes import build_service_router
from api.settings import Settings
from api.tracing import Tracing, open_tracing
from ingest.errors import IngestError
from ingest.settings import MEGABYTE
from qa.answers import Outcome
from qa.assistant import Watch
from qa.errors import QaError

logger = logging.getLogger("pincite")

KILOBYTE = 1_000
PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
OPENAI_ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorObject"}}}
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, where keys are asked for."},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
UPLOADS = ("POST", "/v1/documents")
DESCRIPTION = """\
Questions answered from your own documents, every claim cited to its exact source sentence.

Spans are half-open ranges `[start, end)` of Unicode code points in a document's stored text, which
`GET /v1/documents/{id}` sends. Failures are problems by RFC 9457; abstaining is not a failure.
"""


def create_app(settings: Settings, stopping: Event | None = None) -> FastAPI:
    """An application over the index that the settings name, whether it exists yet or not.

    Args:
        settings: all there are.
        stopping: set by whoever runs it when it was told to stop.

    Raises:
        Misuse: if traces are to be sent and the package for it is missing.
    """
    metrics, tracing = Metrics(), open_tracing(settings.telemetry)
    house = House(settings, watch_of(metrics), stopping)
    library = Library(settings, house.store)
    metrics.watch_queue(library.jobs.waiting)
    metrics.watch_holdings(lambda: take_stock(house.store, house.conversations))
    app = _Application(
        title="Pincite",
        version="1",  # of this interface, not of the program
        description=DESCRIPTION,
        lifespan=_lifespan(house, library, tracing),
        # The framework's own pages load scripts from elsewhere; this must work, and stay, on one machine.
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
    )
    app.include_router(build_router(house))
    app.include_router(build_document_router(library, settings.serve))
    app.include_router(build_service_router(house, metrics))
    _add_interface_page(app)
    add_page(app)
    install_problems(app)
    add_guards(app, settings, metrics, tracing)
    return app


def watch_of(metrics: Metrics) -> Watch:
    """What is told of every outcome: those who count, and those who trace."""

    def watch(outcome: Outcome) -> None:
        metrics.count_outcome(outcome)
        note_steps(outcome.trace.durations)

    return watch


def add_guards(app: Starlette, settings: Settings, metrics: Metrics, tracing: Tracing) -> None:
    """Puts before the routes what keeps strangers and too much away; what is added last comes first."""
    serve = settings.serve
    app.add_middleware(
        LoadGuard, places=Places(serve.max_running, serve.max_waiting), seconds=serve.max_wait_seconds
    )
    app.add_middleware(
        BodyGuard,
        limit=serve.max_body_kb * KILOBYTE,
        seconds=serve.max_body_seconds,
        larger={UPLOADS: serve.max_upload_mb * MEGABYTE},
    )
    app.add_middleware(RateGuard, buckets=TokenBuckets(serve.requests_per_minute))
    app.add_middleware(KeyGuard, keys=open_keys(settings), settings=serve)
    app.add_middleware(OriginGuard, hosts=serve.allowed_hosts)
    if is_loopback(serve.host):
        app.add_middleware(HostGuard, hosts=THIS_MACHINE | {serve.host, *serve.allowed_hosts})
    app.add_middleware(Observed, metrics=metrics, tracing=tracing)
    app.add_middleware(SafeHeaders)


class _Application(FastAPI):
    """An application whose description knows the guards, and gives problems their own media type."""

    def openapi(self) -> dict[str, Any]:
        """The description of the interface."""
        schema = super().openapi()
        for path, operations in schema["paths"].items():
            for operation in operations.values():
                if not is_openai_path(path):
                    _describe_problems(operation)
                _describe_guards(operation, path)
        schema["components"]["securitySchemes"] = SECURITY
        return schema


def _describe_problems(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if not status.startswith("2"):
            response["content"] = {MEDIA_TYPE: next(iter(response["content"].values()))}


def _describe_guards(operation: dict[str, Any], path: str) -> None:
    """Adds what the guards before a route may answer."""
    content = OPENAI_ERROR if is_openai_path(path) else PROBLEM
    statuses = (401, 403, 429, 503) if path not in OPEN else (429, 503)
    for status in statuses if "requestBody" not in operation else (400, *statuses, 408, 413):
        refusal = {"description": HTTPStatus(status).phrase, "content": content}
        operation["responses"].setdefault(str(status), refusal)
    if path not in OPEN:
        operation["security"] = [*({name: []} for name in SECURITY), {}]


def _add_interface_page(app: FastAPI) -> None:
    """Swagger UI at `/docs`, its scripts taken from a package and from nowhere else."""
    app.mount("/swagger", StaticFiles(packages=[("fastapi_swagger", "resources")]))
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Pincite",
        swagger_js_url="/swagger/swagger-ui-bundle.js",
        swagger_css_url="/swagger/swagger-ui.css",
        swagger_favicon_url="/swagger/favicon-32x32.png",
        swagger_ui_parameters={"validatorUrl": None},  # a badge from elsewhere
    )

    @app.get("/docs", include_in_schema=False)
    def interface_page() -> HTMLResponse:
        return page


def _open(library: Library) -> None:
    try:
        library.open()
    except (IngestError, Refusal) as error:
        # A server that can answer does; who uploads is told again.
        logger.warning("uploaded files are not looked through: %s", error)


def _lifespan(
    house: House, library: Library, tracing: Tracing
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await run_in_threadpool(house.assistant)
        except (IngestError, QaError) as error:
            # Said again with every question, until it is mended; no restart is needed then.
            logger.warning("not ready: %s", error)
        await run_in_threadpool(_open, library)
        yield
        await run_in_threadpool(library.close)
        house.close()
        await run_in_threadpool(tracing.close)

    return lifespan
