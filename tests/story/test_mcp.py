"""The tools for other programs' models, as the SDK's own client meets them: over pipes and over HTTP."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
import uvicorn
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult, TextContent
from starlette.types import ASGIApp

from api.excerpts import ExcerptObject
from api.house import House
from api.key_stores import KeyFile
from api.keys import KeyRing
from api.mcp_server import MOST_SENTENCES, build_server, create_mcp_app
from api.messages import SearchObject, VerificationObject
from api.schemas import AnswerObject
from api.settings import ServeSettings, Settings
from api.terminal.serving import uvicorn_options
from ingest.store.sqlite import SqliteStore
from tests.story.conftest import PINCITE, ROOT, Pincite, pincite_environment

QUESTION = "How much is the Tomahawk deal worth?"
DOCUMENT = "notes/defense-note.txt"
QUOTE = "Japan will get some 400 Tomahawk missiles; the deal is worth"

Ask = Callable[[Client], Coroutine[Any, Any, Any]]


def with_client(target: object, ask: Ask, mode: str = "auto") -> Any:  # noqa: ANN401 - what `ask` gives
    """What `ask` returns of a client that is connected to a server."""

    async def run() -> object:
        async with Client(target, mode=mode, read_timeout_seconds=60) as client:  # type: ignore[arg-type]
            return await ask(client)

    return asyncio.run(run())


def call(index: Path, tool: str, **arguments: object) -> CallToolResult:
    """One call of a tool of a server in this process."""
    server = build_server(House(Settings(index=index)))
    result = with_client(server, lambda client: client.call_tool(tool, arguments))
    assert isinstance(result, CallToolResult)
    return result


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def refused(result: CallToolResult) -> str:
    assert result.is_error
    assert result.structured_content is None
    return text_of(result)


def stdio(index: Path) -> StdioServerParameters:
    command, *arguments = PINCITE
    return StdioServerParameters(
        command=command, args=[*arguments, "mcp", "--index", str(index)], env=pincite_environment()
    )


async def ask_and_verify(client: Client) -> tuple[CallToolResult, CallToolResult]:
    asked = await client.call_tool("ask", {"question": QUESTION})
    return asked, await client.call_tool("verify_citation", {"saved": asked.structured_content})


def check_asked(asked: CallToolResult, verified: CallToolResult) -> None:
    answer = AnswerObject.model_validate(asked.structured_content)
    assert answer.claims[0].citations[0].quote.startswith(QUOTE)
    assert VerificationObject.model_validate(verified.structured_content).citations[0].verdict == "exact"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_asks_and_verifies_over_pipes(corpus_index: Path, mode: str) -> None:
    check_asked(*with_client(stdio(corpus_index), ask_and_verify, mode))


BEGIN = (
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
    '"capabilities":{},"clientInfo":{"name":"test","version":"1"}}}\n'
)
CALL = (
    '{"jsonrpc":"2.0","method":"notifications/initialized"}\n'
    '{"jsonrpc":"2.0","id":2,"method":"tools/call",'
    '"params":{"name":"ask","arguments":{"question":"%s"}}}\n'
)


@contextmanager
def started(index: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    """A server on pipes of ours, begun to be spoken with: its process, what it reads, what it says."""
    with subprocess.Popen(
        [*PINCITE, "mcp", "--index", str(index)],
        env=pincite_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(BEGIN)
        server.stdin.flush()
        assert server.stdout.readline().startswith('{"jsonrpc":"2.0",')
        yield server, server.stdin, server.stdout


def test_nothing_but_the_protocol_is_on_standard_output(corpus_index: Path) -> None:
    with started(corpus_index) as (server, to, back):
        to.write(CALL % QUESTION)
        to.flush()
        line = back.readline()
        rest, _ = server.communicate()
    assert line.startswith('{"jsonrpc":"2.0",')
    assert QUOTE in line
    assert rest == ""
    assert server.returncode == 0


def test_it_ends_when_it_is_interrupted(corpus_index: Path) -> None:
    with started(corpus_index) as (server, _, _):
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == -signal.SIGINT


class Served:
    """A server over streamable HTTP on a port of this machine."""

    def __init__(self, index: Path, **serve: object) -> None:
        settings = Settings(index=index, serve=ServeSettings.model_validate(serve))
        app: ASGIApp = create_mcp_app(settings)
        config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", **uvicorn_options(settings))
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}/mcp"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_asks_and_verifies_over_http(corpus_index: Path, mode: str) -> None:
    with Served(corpus_index, max_running=1) as url:
        check_asked(*with_client(url, ask_and_verify, mode))


def test_over_http_strange_hosts_and_pages_are_turned_away(corpus_index: Path) -> None:
    with Served(corpus_index) as url:
        strange = httpx.post(url, json={}, headers={"Host": "evil.example"})
        page = httpx.post(url, json={}, headers={"Origin": "https://evil.example"})
    assert strange.status_code == 421
    assert strange.json()["detail"] == "this server does not answer to that host"
    assert page.status_code == 403


def test_over_http_a_key_is_asked_for_once_there_is_one(own_index: Path) -> None:
    secret = KeyRing(KeyFile(own_index)).create("reader", "read")
    with Served(own_index) as url:
        assert httpx.post(url, json={}).status_code == 401
        listed = httpx.post(
            url,
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
            headers={"Authorization": f"Bearer {secret}", "Accept": "application/json, text/event-stream"},
        )
    assert [tool["name"] for tool in listed.json()["result"]["tools"]] == [
        "ask",
        "search",
        "read_document",
        "verify_citation",
    ]


def test_over_http_too_large_a_body_is_refused(corpus_index: Path) -> None:
    with Served(corpus_index, max_body_kb=1) as url:
        assert httpx.post(url, content=b" " * 1001).status_code == 413


def test_a_stream_that_nobody_writes_to_is_not_opened(corpus_index: Path) -> None:
    with Served(corpus_index) as url:
        assert httpx.get(url, headers={"Accept": "text/event-stream"}, timeout=10).status_code == 405


def test_every_tool_only_reads_and_says_what_it_gives(corpus_index: Path) -> None:
    server = build_server(House(Settings(index=corpus_index)))
    for tool in with_client(server, lambda client: client.list_tools()).tools:
        assert tool.annotations.read_only_hint
        assert not tool.annotations.open_world_hint
        assert "cit" in tool.description
        assert tool.output_schema["type"] == "object"


def test_the_answer_is_the_one_the_terminal_gives(corpus_index: Path, pincite: Pincite) -> None:
    asked = AnswerObject.model_validate(call(corpus_index, "ask", question=QUESTION).structured_content)
    printed = AnswerObject.model_validate_json(
        pincite("ask", QUESTION, "--index", corpus_index, "--json").stdout
    )
    assert asked.model_dump(exclude={"trace": {"durations"}}) == printed.model_dump(
        exclude={"trace": {"durations"}}
    )


def test_a_question_may_be_narrowed_and_follow_another_up(corpus_index: Path) -> None:
    narrowed = call(corpus_index, "ask", question=QUESTION, filters={"documents": ["news/*"]})
    assert {item["document"] for item in narrowed.structured_content["retrieved"]} == {
        "news/tokyo-signing.html"
    }
    before = {"role": "user", "content": "How much will Japan spend on defense?"}
    followed = call(corpus_index, "ask", question="And on Tomahawks?", history=[before])
    assert "defense" in followed.structured_content["trace"]["query"]


def test_the_text_for_a_model_leaves_out_how_the_answer_came_about(corpus_index: Path) -> None:
    told = text_of(call(corpus_index, "ask", question=QUESTION))
    assert QUOTE in told
    assert '"trace"' not in told


def test_passages_are_found(corpus_index: Path) -> None:
    found = SearchObject.model_validate(
        call(corpus_index, "search", query="Tomahawk", limit=2).structured_content
    )
    assert len(found.passages) == 2
    assert "Tomahawk" in found.passages[0].text


def test_a_document_is_read_in_part(corpus_index: Path) -> None:
    read = call(corpus_index, "read_document", id=DOCUMENT, first=3, last=5)
    excerpt = ExcerptObject.model_validate(read.structured_content)
    assert [item.sentence for item in excerpt.sentences] == [3, 4, 5]
    with SqliteStore(corpus_index).reading() as live:
        text = live.document(DOCUMENT).text
        assert excerpt.total == len(live.sentences(live.document(DOCUMENT)))
    assert all(text[item.start : item.end] == item.text for item in excerpt.sentences)


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("ask", {"question": "?"}, "The question cannot be asked: the question is empty"),
        ("ask", {"question": "Who?", "documents": ["a"]}, "no argument documents: there are question, fi"),
        ("ask", {"question": "Who?", "filters": {"form": 1}}, "The arguments are not valid: filters.form"),
        ("search", {"query": "a", "limit": 101}, "The arguments are not valid: limit: Input should be less"),
        ("read_document", {"id": "none"}, "No such document: no document 'none'"),
        ("read_document", {"id": DOCUMENT, "first": 900}, "no sentence 900: the document has"),
        ("read_document", {"id": DOCUMENT, "first": 2, "last": 1}, "last must be 2 to 201"),
        ("read_document", {"id": DOCUMENT, "last": MOST_SENTENCES}, "last must be 0 to 199"),
        ("verify_citation", {"saved": {}}, "The arguments are not valid: saved: Value error, give citations"),
        ("forget", {}, "Unknown tool: forget"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_in_words(
    corpus_index: Path, tool: str, arguments: dict[str, object], told: str
) -> None:
    assert refused(call(corpus_index, tool, **arguments)).startswith(told)


def test_without_an_index_the_next_step_is_told_and_no_path(tmp_path: Path) -> None:
    told = refused(call(tmp_path / "secret-folder", "ask", question=QUESTION))
    assert told.startswith("There is no index yet: nothing was ingested yet: run `pincite ingest")
    assert "secret-folder" not in told


def test_what_nobody_foresaw_stays_in_the_log(
    corpus_index: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: House) -> None:
        raise sqlite3.OperationalError("/secret/path is broken")

    monkeypatch.setattr(House, "assistant", fail)
    told = refused(call(corpus_index, "ask", question=QUESTION))
    assert told == "Internal Server Error: something unexpected went wrong; the server's log says what"
    assert "/secret/path is broken" in caplog.text


def test_a_port_without_http_is_misuse(pincite: Pincite) -> None:
    run = pincite("mcp", "--port", 9000)
    assert run.returncode == 2
    assert "--port is for --http" in run.stderr


def test_over_http_others_are_not_let_in(pincite: Pincite) -> None:
    run = pincite("mcp", "--http", PINCITE_SERVE_HOST="0.0.0.0")
    assert run.returncode == 2
    assert "on this machine alone" in run.stderr


def test_without_the_extra_the_next_step_is_told(pincite: Pincite, tmp_path: Path) -> None:
    absent = tmp_path / "absent" / "sitecustomize.py"
    absent.parent.mkdir()
    absent.write_text(
        "import sys, importlib.abc\n"
        "class Absent(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name.partition('.')[0] == 'mcp':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
    )
    paths = os.pathsep.join([str(absent.parent), pincite_environment()["PYTHONPATH"]])
    run = subprocess.run(
        [*PINCITE, "mcp"],
        cwd=tmp_path,
        env=pincite_environment() | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr == "pincite: `pincite mcp` needs the extra `mcp`: install it as docs/mcp.md says\n"
    assert sys.executable not in run.stderr


def test_the_configuration_in_the_docs_starts_the_server(corpus_index: Path) -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    said = json.loads(page.split("```json\n")[1].split("```")[0])["mcpServers"]["pincite"]
    assert said["command"].endswith("/pincite")
    command, *first = PINCITE
    arguments = [str(corpus_index) if part.endswith("/.pincite") else part for part in said["args"]]
    target = StdioServerParameters(command=command, args=[*first, *arguments], env=pincite_environment())
    tools = with_client(target, lambda client: client.list_tools()).tools
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [tool.name for tool in tools]
    for name, arguments in re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE):
        (tool,) = (tool for tool in tools if tool.name == name)
        assert re.findall(r"`(\w+)`", arguments) == list(tool.input_schema["properties"])
