"""Traces sent by OpenTelemetry's protocol over HTTP. The only file with its SDK.

Nothing is registered globally: what other libraries would trace by themselves stays where it is.
"""

import threading
from importlib.metadata import PackageNotFoundError, version

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from api.metrics import METHODS
from api.settings import TelemetrySettings
from api.tracing import Served

PATH = "/v1/traces"
SEND_SECONDS = 5.0  # one batch, with all its tries
CLOSE_SECONDS = 3.0  # an unreachable collector does not hold up the end for longer
FAILED = 500


class OtlpTracing:
    """One span a request, within it one for each step of answering; no text and no id of a document in any.

    A thread sends them in batches; what it cannot send is dropped, and said in the log.
    """

    def __init__(self, settings: TelemetrySettings) -> None:
        about = {"service.name": settings.service, "service.version": _version()}
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(settings.share)),
            resource=Resource.create(about),
            shutdown_on_exit=False,  # takes as long as it takes; see `close`
        )
        exporter = OTLPSpanExporter(f"{settings.endpoint}".rstrip("/") + PATH, timeout=SEND_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("pincite")
        self._propagator = TraceContextTextMapPropagator()

    def record(self, served: Served) -> None:
        """Puts the spans of a request in the queue; if that is full, they are dropped."""
        method = served.method if served.method in METHODS else "_OTHER"
        outside = self._propagator.extract(served.parent)
        span = self._tracer.start_span(
            f"{method} {served.route}".rstrip(),
            outside,
            SpanKind.SERVER,
            {
                "http.request.method": method,
                "http.route": served.route,
                "http.response.status_code": served.status,
                "pincite.request_id": served.id,
            },
            start_time=served.started,
        )
        inside = set_span_in_context(span, outside)
        for step in served.steps:
            self._tracer.start_span(step.name, inside, start_time=step.started).end(step.ended)
        if served.status >= FAILED:
            span.set_status(StatusCode.ERROR)
        span.end(served.ended)

    def close(self) -> None:
        """Sends what is left, and gives up after some seconds."""
        closing = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)


def _version() -> str:
    try:
        return version("pincite")
    except PackageNotFoundError:
        return ""  # run from its sources
