"""`pincite mcp`."""

import logging
import signal
import sys
from pathlib import Path
from threading import Event

from api.errors import Misuse
from api.guards import is_loopback
from api.house import House
from api.logs import log_as_json
from api.settings import Settings, load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import note

EXTRA = ("mcp", "mcp_types")  # what the extra brings


def serve_tools(index: Path | None, port: int | None, *, http: bool) -> int:
    """Offers the tools until the client goes away or, over HTTP, until interrupted.

    Raises:
        BadSettings: if the port cannot be.
        Misuse: if the SDK is missing, or the address is one that others reach.
    """
    if port is not None and not http:
        raise Misuse("--port is for --http: without it the tools are served on standard input and output")
    settings = load_settings({"index": index, "serve.port": port})
    try:
        _serve_http(settings) if http else _serve_stdio(settings)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise Misuse("`pincite mcp` needs the extra `mcp`: install it as docs/mcp.md says") from error
    return ANSWERED


def _serve_stdio(settings: Settings) -> None:
    # First, or the SDK sets it up its own way. On stderr: stdout is the protocol's.
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    from api.mcp_server import build_server

    # The SDK waits for input in a thread that Ctrl-C does not reach; there is nothing to put in order.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stdin.isatty():
        note("a program is to start this, and speak MCP on standard input: see docs/mcp.md")
    build_server(House(settings)).run("stdio")


def _serve_http(settings: Settings) -> None:
    where = settings.serve
    if not is_loopback(where.host):
        raise Misuse(f"`pincite mcp --http` listens on this machine alone, not on serve.host {where.host}")
    from api.terminal.serving import check_keys, listen

    log_as_json()  # first, or the SDK sets it up its own way
    check_keys(settings)  # of whoever a proxy lets in
    from api.mcp_server import create_mcp_app

    listen(create_mcp_app(settings), settings, Event())
