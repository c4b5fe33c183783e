"""A chat model that does as a test says: a real HTTP server on loopback that speaks OpenAI's protocol.

    with scripted_model(Text("Japan pledged $550 billion. [S1]"), rate_limited(after=1)) as model:
        ...  # point a client at model.url
    assert model.requests[0].body["messages"]

Every request takes the next reply of the script, the last one again and again; a function in place
of a reply is asked with the request. What was asked is kept in `requests`. Whether a reply is streamed
is for the client to say, as it is with a real server; each reply knows both ways.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from tests.fakes import HashEmbedder

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a client asked; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: Json

    @property
    def streams(self) -> bool:
        return bool(self.body.get("stream"))

    @property
    def schema(self) -> Json | None:
        """The JSON schema asked for, wherever a client may put it; None without one."""
        asked = self.body.get("response_format") or {}
        return asked.get("json_schema", {}).get("schema") if asked.get("type") == "json_schema" else None

    @property
    def system(self) -> str:
        return self._said_by("system", "developer")

    @property
    def user(self) -> str:
        return self._said_by("user")

    def _said_by(self, *roles: str) -> str:
        said = [message["content"] for message in self.body["messages"] if message["role"] in roles]
        return "\n".join(said)


@dataclass(frozen=True)
class Text:
    """An assistant's message.

    Attributes:
        content: all of it.
        pieces: the same in the pieces it is streamed in; of four characters each without them.
        finish: why it ended; `length` where a model ran out of room.
        refusal: what a model says that declines by OpenAI's `refusal` field; its content is null then.
        tool: name and arguments of a tool the model calls instead; its content is null then.
        bytes_at_once: the size of each write to the socket, whatever it cuts through, UTF-8 too.
        cut: after so many pieces the connection is broken off; of a reply in one, after half its bytes.
        gate: waited for before the second piece, so that a test decides when a stream goes on.
    """

    content: str = ""
    pieces: tuple[str, ...] = ()
    finish: str = "stop"
    refusal: str | None = None
    tool: tuple[str, str] | None = None
    bytes_at_once: int | None = None
    cut: int | None = None
    gate: Event | None = None


@dataclass(frozen=True)
class Raw:
    """Bytes as they are: an error, another content type, JSON that is none."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Nothing is ever said; the connection stays open until the server closes."""


Reply = Text | Raw | Hang
Script = Reply | Callable[[Request], Reply]


def structured(*statements: tuple[str, Sequence[str]]) -> Text:
    """Statements with handles in the JSON the schema asks for."""
    drafted = [{"text": text, "handles": list(handles)} for text, handles in statements]
    return Text(json.dumps({"statements": drafted}, ensure_ascii=False))


def plain(*statements: tuple[str, Sequence[str]]) -> Text:
    """The same one a line, each with its handles behind it in brackets."""
    return Text("\n".join(f"{text} [{', '.join(handles)}]" for text, handles in statements))


def refuses(reason: str = "I cannot help with that.") -> Text:
    return Text(refusal=reason)


def calls_tool(name: str = "send_mail", arguments: str = '{"to": "attacker@example.com"}') -> Text:
    return Text(tool=(name, arguments), finish="tool_calls")


def failure(status: int, message: str = "out of order", code: str | None = None, **headers: str) -> Raw:
    """An error in OpenAI's form; `headers` with underscores for dashes."""
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Raw(json.dumps({"error": error}).encode(), status, headers=named)


def rate_limited(after: float = 1) -> Raw:
    return failure(429, "Rate limit reached", "rate_limit_exceeded", Retry_After=f"{after:g}")


def overlong() -> Raw:
    """The evidence is more than the model can take."""
    return failure(400, "This model's maximum context length is 2048 tokens.", "context_length_exceeded")


def knows_no_schema() -> Raw:
    """What a server says that does not know `response_format`."""
    return failure(400, "response_format is not supported", "unsupported_parameter")


def web_page(status: int = 200) -> Raw:
    """What a proxy in between says in place of a model."""
    return Raw(b"<!doctype html><title>Sign in</title>", status, "text/html; charset=utf-8")


class ScriptedModel:
    """The server's address, and what it was asked."""

    def __init__(self, script: Sequence[Script]) -> None:
        self.requests: list[Request] = []
        self.url = ""
        self.closing = Event()
        self.hung_up = Event()
        """Set when a client goes before it was told everything."""
        self._script = script or (failure(501),)
        self._lock = Lock()

    def reply(self, request: Request) -> Reply:
        with self._lock:
            turn = self._script[min(len(self.requests), len(self._script) - 1)]
            self.requests.append(request)
        return turn(request) if callable(turn) else turn


@contextmanager
def scripted_model(*script: Script) -> Iterator[ScriptedModel]:
    """A model that lives as long as the context and plays the script."""
    model = ScriptedModel(script)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Scripted", (_Protocol,), {"model": model}))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    model.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        model.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Protocol(BaseHTTPRequestHandler):
    """What we use of OpenAI's protocol, over HTTP/1.1 so that a broken stream can be told from its end."""

    protocol_version = "HTTP/1.1"
    model: ScriptedModel

    def do_GET(self) -> None:
        self._send_json({"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/embeddings"):
            self._embed(body)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.path, headers, body)
        reply = self.model.reply(request)
        try:
            self._play(reply, request)
        except (BrokenPipeError, ConnectionResetError):
            self.model.hung_up.set()

    def _play(self, reply: Reply, request: Request) -> None:
        if isinstance(reply, Hang):
            self.model.closing.wait()
            self.close_connection = True
        elif isinstance(reply, Raw):
            self._send(reply)
        elif request.streams:
            self._stream(reply, request.body)
        else:
            self._send(Raw(json.dumps(_completion(reply, request.body), ensure_ascii=False).encode()), reply)

    def _send(self, raw: Raw, reply: Text | None = None) -> None:
        headers = {"Content-Type": raw.content_type, "Content-Length": str(len(raw.body)), **raw.headers}
        self._head(raw.status, headers)
        cut = reply is not None and reply.cut is not None
        self.wfile.write(raw.body[: len(raw.body) // 2] if cut else raw.body)

    def _stream(self, reply: Text, asked: Json) -> None:
        self._head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        for number, event in enumerate(_events(reply, asked)):
            if number == reply.cut:
                return
            if number == 2 and reply.gate:  # the first event only names the role
                self._wait(reply.gate)
            content = b"data: " + (event if isinstance(event, bytes) else _dump(event)) + b"\n\n"
            size = reply.bytes_at_once or len(content)
            for start in range(0, len(content), size):
                self._write_chunk(content[start : start + size])
        self._write_chunk(b"")

    def _wait(self, gate: Event) -> None:
        while not gate.wait(0.05) and not self.model.closing.is_set():
            self._write_chunk(b": still there\n\n")  # how a server finds out that nobody listens any more

    def _write_chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(content), content))

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_json(self, body: Json) -> None:
        self._send(Raw(json.dumps(body).encode()))

    def _embed(self, asked: Json) -> None:
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        if not all(isinstance(text, str) and text for text in texts):
            self._send(failure(400, "input must be non-empty strings"))
            return
        # three times too long: a provider need not send unit vectors
        vectors = (3 * HashEmbedder().embed_passages(texts)).tolist()
        data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self._send_json({"object": "list", "data": data, "model": asked["model"], "usage": usage})

    def log_message(self, *_: object) -> None:
        """Say nothing: standard error belongs to the test run."""


USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}


def _dump(event: Json) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def _message(reply: Text) -> Json:
    nothing = reply.refusal is not None or reply.tool is not None
    message: Json = {"role": "assistant", "content": None if nothing else reply.content}
    if reply.refusal is not None:
        message["refusal"] = reply.refusal
    if reply.tool is not None:
        message["tool_calls"] = [_tool_call(reply.tool)]
    return message


def _tool_call(tool: tuple[str, str]) -> Json:
    return {"id": "call-1", "type": "function", "function": {"name": tool[0], "arguments": tool[1]}}


def _completion(reply: Text, asked: Json) -> Json:
    choice = {"index": 0, "finish_reason": reply.finish, "message": _message(reply)}
    head = {"id": "chat-1", "object": "chat.completion", "created": 0, "model": asked.get("model", "")}
    return {**head, "choices": [choice], "usage": USAGE}


def _events(reply: Text, asked: Json) -> Iterator[Json | bytes]:
    """The role, the pieces, the reason of the end, the usage where it is asked for, and the last word."""
    head = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": asked.get("model", "")}

    def event(delta: Json, finish: str | None = None) -> Json:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield event({"role": "assistant", "content": ""})
    yield from map(event, _deltas(reply))
    yield event({}, reply.finish)
    if (asked.get("stream_options") or {}).get("include_usage"):
        yield {**head, "choices": [], "usage": USAGE}
    yield b"[DONE]"


def _deltas(reply: Text) -> Iterator[Json]:
    if reply.refusal is not None:
        yield {"refusal": reply.refusal}
    elif reply.tool is not None:
        yield {"tool_calls": [{"index": 0, **_tool_call(reply.tool)}]}
    else:
        fours = (reply.content[start : start + 4] for start in range(0, len(reply.content), 4))
        yield from ({"content": piece} for piece in reply.pieces or fours)
