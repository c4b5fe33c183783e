"""What a running server counts, in Prometheus' text format."""

from collections.abc import Callable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from qa.answers import Abstention, Outcome

MEDIA_TYPE = CONTENT_TYPE_LATEST
disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each, which nobody asks for

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
STEP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counters of one application. Labels take few values: no question, no id and no name is one."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "pincite_requests", "Requests.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "pincite_request_seconds", "Duration of requests.", ("route",), registry=self._registry
        )
        self._steps = Histogram(
            "pincite_step_seconds",
            "Duration of the steps of answering.",
            ("step",),
            buckets=STEP_SECONDS,
            registry=self._registry,
        )
        self._outcomes = Counter(
            "pincite_outcomes",
            "Answers, and abstentions by reason.",
            ("outcome", "reason"),
            registry=self._registry,
        )

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Shows how many uploads wait to be ingested."""
        queue = Gauge("pincite_queued_jobs", "Uploads that wait to be ingested.", registry=self._registry)
        queue.set_function(waiting)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request that is over."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_outcome(self, outcome: Outcome) -> None:
        """Counts what came of a question, and how long its steps took."""
        reason = outcome.reason.name.lower() if isinstance(outcome, Abstention) else ""
        self._outcomes.labels("abstention" if reason else "answer", reason).inc()
        for step in outcome.trace.durations:
            self._steps.labels(step.step).observe(step.seconds)

    def text(self) -> bytes:
        """All of it, to be scraped."""
        return generate_latest(self._registry)
