"""`pincite serve`."""

import logging
import math
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from socket import socket
from threading import Event
from types import FrameType
from typing import Literal, TypedDict

import uvicorn
from starlette.types import ASGIApp

from api.access import is_exposed
from api.app import create_app
from api.errors import Misuse
from api.key_stores import open_keys
from api.logs import log_as_json
from api.settings import Settings, load_settings
from api.terminal.exits import ANSWERED, FAILED

logger = logging.getLogger("pincite")


def serve(index: Path | None, host: str | None, port: int | None) -> int:
    """Answers over HTTP until interrupted.

    Raises:
        BadSettings: if host or port cannot be.
        Misuse: if others are let in and there is no key.
    """
    settings = load_settings({"index": index, "serve.host": host, "serve.port": port})
    log_as_json()
    check_keys(settings)
    stopping = Event()
    listen(create_app(settings, stopping), settings, stopping)
    return ANSWERED


def listen(app: ASGIApp, settings: Settings, stopping: Event) -> None:
    """Runs an application where the settings say, until interrupted; `stopping` is set when it shall stop."""
    where = settings.serve
    options = uvicorn_options(settings)
    config = uvicorn.Config(app, host=where.host, port=where.port, log_config=None, **options)
    server = _Server(config, stopping, where.drain_seconds)
    with suppress(KeyboardInterrupt):  # Ctrl-C: how it is meant to end
        server.run()
    if not server.started:
        sys.exit(FAILED)  # uvicorn said why


class _Server(uvicorn.Server):
    """A server that says it is about to stop before it stops."""

    def __init__(self, config: uvicorn.Config, stopping: Event, drain_seconds: float) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._drain_seconds = drain_seconds
        self._stop_at = math.inf

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """At the first SIGTERM goes on for a while; at a second one, or Ctrl-C, begins to stop."""
        is_first = not self._stopping.is_set()
        self._stopping.set()
        if is_first and sig == signal.SIGTERM and self._drain_seconds:
            self._stop_at = time.monotonic() + self._drain_seconds
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Looks, ten times a second, whether it is time."""
        if time.monotonic() >= self._stop_at:
            self._stop_at = math.inf
            super().handle_exit(signal.SIGTERM, None)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Ends in time: what a thread waits for, such as a silent chat model, is not waited for."""
        await super().shutdown(sockets)
        if left := len(self.server_state.tasks):
            logger.warning("%d requests were not answered: stopped after serve.stop_seconds", left)
            os._exit(ANSWERED)  # everything else is closed; the interpreter would wait for the threads


class UvicornOptions(TypedDict):
    """What is set of the server besides its address and its log."""

    http: Literal["h11"]
    ws: Literal["none"]
    access_log: bool
    server_header: bool
    timeout_graceful_shutdown: int


def uvicorn_options(settings: Settings) -> UvicornOptions:
    """How the server is run."""
    return UvicornOptions(
        http="h11",  # its headers end at 64 KB and name one host; httptools takes any number and size
        ws="none",  # there is no route for one
        access_log=False,  # ours says more, and less: no path, which may name a document
        server_header=False,
        timeout_graceful_shutdown=settings.serve.stop_seconds,  # for streams that would go on
    )


def check_keys(settings: Settings) -> None:
    """Others are let in by their keys, unless the settings say otherwise in so many words.

    Raises:
        Misuse: if others are let in and there is no key.
    """
    where = settings.serve
    if not is_exposed(where):
        return
    if where.allow_anonymous != "nothing":
        logger.warning("whoever reaches %s may %s without a key", where.host, where.allow_anonymous)
    elif not open_keys(settings).known():
        raise Misuse(
            f"on {where.host} others could ask, and there is no API key: make one with `pincite key create"
            ' NAME`, or set serve.allow_anonymous = "read"'
        )
