"""Traces as a collector gets them: a real receiver of OTLP over HTTP on loopback, its protobuf read."""

import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from api.settings import TelemetrySettings
from qa.assistant import Assistant
from qa.questions import Question
from tests.story.conftest import PINCITE, pincite_environment
from tests.story.test_http import QUESTION, serving

STEPS = ["rewrite", "retrieve", "read", "write"]
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        self.sent: list[ExportTraceServiceRequest] = []
        self.bodies = b""
        kept = self

        class Receiving(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                body = self.rfile.read(int(self.headers["content-length"]))
                kept.bodies += body
                kept.sent.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receiving)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Span]:
        return [
            span
            for sent in self.sent
            for resource in sent.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def named(self, name: str) -> Span:
        (found,) = [span for span in self.spans() if span.name == name]
        return found


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()
    thread.join()


@contextmanager
def traced(index: Path, endpoint: str, **telemetry: object) -> Iterator[httpx.Client]:
    with serving(index, telemetry={"endpoint": endpoint, **telemetry}) as client:
        yield client  # when this is over, what was left is sent


def attributes(span: Span) -> dict[str, object]:
    return {each.key: each.value.string_value or each.value.int_value for each in span.attributes}


def test_a_request_is_a_span_and_the_steps_of_answering_are_inside(
    corpus_index: Path, collector: Collector
) -> None:
    with traced(corpus_index, collector.address, service="archive") as client:
        response = client.post("/v1/chat", json={"question": QUESTION})
    span = collector.named("POST /v1/chat")
    assert span.kind == Span.SPAN_KIND_SERVER
    assert attributes(span) == {
        "http.request.method": "POST",
        "http.route": "/v1/chat",
        "http.response.status_code": 200,
        "pincite.request_id": response.headers["x-request-id"],
    }
    inside = sorted(
        (each for each in collector.spans() if each.parent_span_id == span.span_id),
        key=lambda each: each.start_time_unix_nano,
    )
    assert [each.name for each in inside] == STEPS
    assert {each.trace_id for each in inside} == {span.trace_id}
    assert all(each.start_time_unix_nano <= each.end_time_unix_nano for each in (span, *inside))
    assert span.start_time_unix_nano <= inside[0].start_time_unix_nano
    assert inside[-1].end_time_unix_nano <= span.end_time_unix_nano
    told = {each["step"]: each["seconds"] for each in response.json()["trace"]["durations"]}
    for each in inside:
        seconds = (each.end_time_unix_nano - each.start_time_unix_nano) / 1e9
        assert seconds == pytest.approx(told[each.name], abs=1e-6)
    about = {
        each.key: each.value.string_value for each in collector.sent[0].resource_spans[0].resource.attributes
    }
    assert about["service.name"] == "archive"


@pytest.mark.parametrize("path", ["/v1/chat/stream", "/v1/chat/completions"])
def test_streams_have_their_steps_too(corpus_index: Path, collector: Collector, path: str) -> None:
    asked = {"question": QUESTION}
    if path.endswith("completions"):
        asked = {"model": "pincite", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}  # type: ignore[dict-item]
    with traced(corpus_index, collector.address) as client:
        client.post(path, json=asked)
    span = collector.named(f"POST {path}")
    assert {each.name for each in collector.spans() if each.parent_span_id == span.span_id} == set(STEPS)


def test_whose_part_a_request_is_is_taken_over(corpus_index: Path, collector: Collector) -> None:
    with traced(corpus_index, collector.address, share=0) as client:
        client.get("/v1/documents", headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "a=b"})
        client.get("/v1/conversations", headers={"traceparent": f"00-{TRACE}-{PARENT}-00"})
        client.get("/v1/models")  # share is 0
    (span,) = collector.spans()
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)
    assert span.trace_state == "a=b"
    assert span.name == "GET /v1/documents"


def test_no_text_and_no_name_of_a_document_is_in_a_trace(corpus_index: Path, collector: Collector) -> None:
    with traced(corpus_index, collector.address) as client:
        client.post("/v1/chat", json={"question": QUESTION})
        client.get("/v1/documents/notes/defense-note.txt?secret=1")
        client.get("/secret-path")
    assert len(collector.spans()) == 3 + len(STEPS)
    for word in (b"Japan", b"committed", b"defense-note", b"secret"):
        assert word not in collector.bodies


def test_what_failed_is_marked(
    corpus_index: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Assistant, question: Question) -> None:
        raise RuntimeError("no luck with Japan")

    monkeypatch.setattr(Assistant, "ask", fail)
    with traced(corpus_index, collector.address) as client:
        client.post("/v1/chat", json={"question": QUESTION})
        client.get("/v1/documents/nosuch")
    assert collector.named("POST /v1/chat").status.code == Status.STATUS_CODE_ERROR
    assert collector.named("GET /v1/documents/{id:path}").status.code == Status.STATUS_CODE_UNSET
    assert b"no luck" not in collector.bodies


def test_a_collector_that_does_not_answer_holds_nobody_up(corpus_index: Path) -> None:
    """Requests are answered, and the end comes, while what was sent waits for an answer that never comes."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with traced(corpus_index, f"http://127.0.0.1:{silent.getsockname()[1]}") as client:
            assert client.post("/v1/chat", json={"question": QUESTION}).status_code == 200
            assert client.get("/v1/documents").status_code == 200


def test_a_collector_that_is_not_there_is_complained_of_in_the_log_alone(
    corpus_index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))  # bound, not listening: whoever comes is refused
        with traced(corpus_index, f"http://127.0.0.1:{gone.getsockname()[1]}") as client:
            assert client.post("/v1/chat", json={"question": QUESTION}).status_code == 200
    assert any(each.name.startswith("opentelemetry") for each in caplog.records)


def test_without_an_address_nothing_is_sent(corpus_index: Path, collector: Collector) -> None:
    """Not even where OpenTelemetry's own variables name one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
        with serving(corpus_index) as client:
            client.post("/v1/chat", json={"question": QUESTION})
    assert collector.sent == []


def test_without_the_extra_the_setting_is_misuse(tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "sitecustomize.py"
    absent.parent.mkdir()
    absent.write_text(
        "import sys, importlib.abc\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.startswith('opentelemetry.exporter.otlp.proto.http'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
    )
    environment = pincite_environment(PINCITE_TELEMETRY_ENDPOINT="http://127.0.0.1:4318")
    environment["PYTHONPATH"] = os.pathsep.join([str(absent.parent), environment["PYTHONPATH"]])
    run = subprocess.run(
        [*PINCITE, "serve"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 2
    assert run.stderr == ("pincite: telemetry.endpoint needs the extra `otel`: see docs/operating.md\n")


@pytest.mark.parametrize("wrong", [{"endpoint": "collector:4318"}, {"share": 1.5}, {"service": ""}])
def test_what_cannot_be_an_address_is_no_setting(wrong: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        TelemetrySettings.model_validate(wrong)
