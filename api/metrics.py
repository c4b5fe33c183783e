"""What a running server counts, in Prometheus' text format."""

from collections.abc import Callable, Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.holdings import Holdings
from qa.answers import Abstention, Outcome, WithheldReason
from qa.drafts import Drafting

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
        self._withheld = Counter(
            "pincite_withheld",
            "Statements that were proposed and not made, by reason.",
            ("reason",),
            registry=self._registry,
        )
        self._drafts = Counter(
            "pincite_drafts",
            "Drafts of a chat model, newly asked for or kept from an earlier time.",
            ("source",),
            registry=self._registry,
        )
        self._tokens = Counter(
            "pincite_tokens", "Tokens, as providers count them.", ("direction",), registry=self._registry
        )
        self._notices = Counter(
            "pincite_notices", "Outcomes with a notice: a chat model failed.", registry=self._registry
        )
        for reason in WithheldReason:  # a series that begins at 0 can be seen to rise
            self._withheld.labels(reason.name.lower())

    def watch_queue(self, waiting: Callable[[], int]) -> None:
        """Shows how many uploads wait to be ingested."""
        queue = Gauge("pincite_queued_jobs", "Uploads that wait to be ingested.", registry=self._registry)
        queue.set_function(waiting)

    def watch_holdings(self, take: Callable[[], Holdings]) -> None:
        """Shows how much there is, counted at each scrape."""
        self._registry.register(_Stock(take))

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request that is over."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_outcome(self, outcome: Outcome) -> None:
        """Counts what came of a question, and how long its steps took."""
        reason = outcome.reason.name.lower() if isinstance(outcome, Abstention) else ""
        self._outcomes.labels("abstention" if reason else "answer", reason).inc()
        for withheld in outcome.trace.withheld:
            self._withheld.labels(withheld.reason.name.lower()).inc()
        for step in outcome.trace.durations:
            self._steps.labels(step.step).observe(step.seconds)
        self._notices.inc(bool(outcome.notice))
        self._count_drafting(outcome.trace.drafting)

    def _count_drafting(self, drafting: Drafting) -> None:
        if drafting.cached:
            self._drafts.labels("cache").inc()
        elif drafting.requests:
            self._drafts.labels("model").inc()
            self._tokens.labels("sent").inc(drafting.input_tokens or 0)
            self._tokens.labels("received").inc(drafting.output_tokens or 0)

    def text(self) -> bytes:
        """All of it, to be scraped."""
        return generate_latest(self._registry)


class _Stock(Collector):
    """Gauges of what there is; those of what cannot be read are left out, and `pincite_readable` says so."""

    def __init__(self, take: Callable[[], Holdings]) -> None:
        self._take = take

    def collect(self) -> Iterator[GaugeMetricFamily]:
        holdings = self._take()
        readable = GaugeMetricFamily(
            "pincite_readable", "1 for what can be read, 0 if not.", labels=("part",)
        )
        readable.add_metric(("index",), holdings.index is not None)
        readable.add_metric(("conversations",), holdings.conversations is not None)
        yield readable
        if (size := holdings.index) is not None:
            yield GaugeMetricFamily("pincite_documents", "Documents in the index.", size.documents)
            yield GaugeMetricFamily("pincite_sentences", "Sentences in the index.", size.sentences)
            yield GaugeMetricFamily("pincite_passages", "Passages in the index.", size.passages)
            yield GaugeMetricFamily("pincite_index_bytes", "What the index takes on disk.", size.bytes)
        if holdings.conversations is not None:
            yield GaugeMetricFamily("pincite_conversations", "Conversations kept.", holdings.conversations)
