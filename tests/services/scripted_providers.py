"""Providers of chat models other than OpenAI's, on loopback: each speaks enough of its protocol.

What they say is one draft in JSON, in pieces, as text or as a call of the tool that was asked for. Set to a
status, all refuse with it; set to hang, none ever answers.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Json = dict[str, Any]

SAID = json.dumps({"statements": [{"text": "Japan pledged $550 billion.", "handles": ["S1"]}]})
PIECES = tuple(SAID[start : start + 7] for start in range(0, len(SAID), 7))
SENT, RECEIVED = 3, 9  # tokens, as they count them
RETRY_AFTER = 7


@dataclass
class Providers:
    """Their address, how they behave, and what they were asked."""

    url: str = ""
    status: int = 200
    hangs: bool = False
    asked: list[tuple[str, Json]] = field(default_factory=list)
    closing: Event = field(default_factory=Event)


@contextmanager
def scripted_providers() -> Iterator[Providers]:
    """All of them at one address, as long as the context."""
    providers = Providers()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Scripted", (_Protocol,), {"providers": providers}))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    providers.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield providers
    finally:
        providers.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Protocol(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    providers: Providers

    def do_POST(self) -> None:
        body = json.loads(self._body())
        self.providers.asked.append((self.path, body))
        if self.providers.hangs:
            self.providers.closing.wait()
            self.close_connection = True
        elif self.providers.status != 200:
            self._refuse()
        else:
            self._send(200, *_reply(self.path, body))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"]))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _refuse(self) -> None:
        status = self.providers.status
        error = {
            "message": "the key secret-key will not do",
            "code": status,
            "status": "REFUSED",
            "type": "x",
        }
        self._send(status, json.dumps({"error": error}).encode(), "application/json")

    def _send(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(content)), "Connection": "close"}
        for name, value in headers.items() if status == 200 else {**headers, "Retry-After": "7"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: standard error belongs to the test run."""


def _reply(path: str, asked: Json) -> tuple[bytes, str]:
    if path.startswith("/v1/messages"):
        return _anthropic(asked), "text/event-stream"
    if path.startswith("/api/chat"):
        return _ollama(asked), "application/x-ndjson"
    if ":streamGenerateContent" in path:
        return _google(), "text/event-stream"
    return _mistral(asked), "text/event-stream"


def _anthropic(asked: Json) -> bytes:
    usage = {"input_tokens": SENT, "output_tokens": RECEIVED}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    message |= {"stop_reason": None, "stop_sequence": None}
    tool = asked.get("tools")
    block = (
        {"type": "tool_use", "id": "t", "name": tool[0]["name"], "input": {}} if tool else {"type": "text"}
    )
    block |= {} if tool else {"text": ""}
    kind, key = ("input_json_delta", "partial_json") if tool else ("text_delta", "text")
    events: list[Json] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": kind, key: piece}}
            for piece in PIECES
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def _ollama(asked: Json) -> bytes:
    head = {"model": asked["model"], "created_at": "2026-01-01T00:00:00Z"}
    lines = [{**head, "message": {"role": "assistant", "content": piece}, "done": False} for piece in PIECES]
    counts = {"prompt_eval_count": SENT, "eval_count": RECEIVED, "done_reason": "stop"}
    lines.append({**head, "message": {"role": "assistant", "content": ""}, "done": True, **counts})
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _google() -> bytes:
    events: list[Json] = [
        {"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}]}
        for piece in PIECES
    ]
    events[-1]["candidates"][0]["finishReason"] = "STOP"
    events[-1]["usageMetadata"] = {"promptTokenCount": SENT, "candidatesTokenCount": RECEIVED}
    events[-1]["usageMetadata"]["totalTokenCount"] = SENT + RECEIVED
    return "".join(f"data: {json.dumps(event)}\r\n\r\n" for event in events).encode()


def _mistral(asked: Json) -> bytes:
    head = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": asked["model"]}
    if tools := asked.get("tools"):
        called = {"name": tools[0]["function"]["name"], "arguments": SAID}
        deltas: list[Json] = [{"tool_calls": [{"index": 0, "id": "abcdefghi", "function": called}]}]
    else:
        deltas = [{"content": piece} for piece in PIECES]
    events = [
        {**head, "choices": [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": None}]}
        for delta in deltas
    ]
    usage = {"prompt_tokens": SENT, "completion_tokens": RECEIVED, "total_tokens": SENT + RECEIVED}
    last = {"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}
    events.append({**head, "choices": [last], "usage": usage})
    return ("".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n").encode()
