"""A real HTTP endpoint on loopback that speaks what we use of OpenAI's protocol."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.fakes import HashEmbedder

# From the body of a chat request to the content of the reply; an int is an HTTP status to fail with.
Reply = Callable[[dict], str | int]


def _mute(asked: dict) -> int:
    return 501


class _OpenAI(BaseHTTPRequestHandler):
    reply: Reply = staticmethod(_mute)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/chat/completions"):
            self._chat(asked)
        else:
            self._embeddings(asked)

    def _chat(self, asked: dict) -> None:
        content = type(self).reply(asked)
        if isinstance(content, int):
            self._reply(content, {"error": {"message": "out of order"}})
            return
        message = {"role": "assistant", "content": content}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        head = {"id": "chat-1", "object": "chat.completion", "created": 0, "model": asked["model"]}
        self._reply(200, {**head, "choices": [choice], "usage": usage})

    def _embeddings(self, asked: dict) -> None:
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        if not all(isinstance(text, str) and text for text in texts):
            self._reply(400, {"error": {"message": "input must be non-empty strings"}})
            return
        # three times too long: a provider need not send unit vectors
        vectors = (3 * HashEmbedder().embed_passages(texts)).tolist()
        data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(vectors)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        self._reply(200, {"object": "list", "data": data, "model": asked["model"], "usage": usage})

    def _reply(self, status: int, body: dict[str, object]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: standard error belongs to the test run."""


@contextmanager
def openai_server(reply: Reply = _mute) -> Iterator[str]:
    """The base URL of a server that lives as long as the context and answers chats with `reply`."""
    handler = type("Scripted", (_OpenAI,), {"reply": staticmethod(reply)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
