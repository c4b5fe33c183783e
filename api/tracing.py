"""Traces of requests, for whoever set an address to send them to; without one nothing is recorded or sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from api.at_hand import TimedStep
from api.errors import Misuse
from api.settings import TelemetrySettings

VENDOR = "opentelemetry"
CARRIED = ("traceparent", "tracestate")  # headers of W3C Trace Context


@dataclass(frozen=True, slots=True)
class Served:
    """A request that is over; times in nanoseconds since 1970.

    Attributes:
        id: as the answer bears it.
        route: as it is described, never as it was asked for; "" for a request that came to none.
        parent: the headers that say whose part it is.
        steps: of answering.
    """

    id: str
    method: str
    route: str
    status: int
    started: int
    ended: int
    parent: Mapping[str, str]
    steps: tuple[TimedStep, ...]


class Tracing(Protocol):
    """Makes traces of requests."""

    def record(self, served: Served) -> None:
        """Takes a request in; sending is done elsewhere, and may fail there."""

    def close(self) -> None:
        """Sends what is left, for a moment at most."""


class Untraced:
    """Makes none."""

    def record(self, served: Served) -> None:
        """Forgets it."""

    def close(self) -> None:
        """Has nothing left."""


def open_tracing(settings: TelemetrySettings) -> Tracing:
    """What the settings ask for.

    Raises:
        Misuse: if they name an address and the package that sends is missing.
    """
    if settings.endpoint is None:
        return Untraced()
    try:
        from api.otlp import OtlpTracing  # takes a while to import, and is an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != VENDOR:
            raise
        raise Misuse("telemetry.endpoint needs the extra `otel`: see docs/operating.md") from error
    return OtlpTracing(settings)
