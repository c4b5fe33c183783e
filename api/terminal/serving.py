"""`pincite serve`."""

from copy import deepcopy
from pathlib import Path
from typing import Literal, TypedDict

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import LOGGING_CONFIG

from api.access import is_exposed
from api.app import create_app
from api.errors import Misuse
from api.keys import KeyRing
from api.settings import Settings, load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import note


def serve(index: Path | None, host: str | None, port: int | None) -> int:
    """Answers over HTTP until interrupted.

    Raises:
        BadSettings: if host or port cannot be.
        Misuse: if others are let in and there is no key.
    """
    settings = load_settings({"index": index, "serve.host": host, "serve.port": port})
    check_keys(settings)
    listen(create_app(settings), settings)
    return ANSWERED


def listen(app: ASGIApp, settings: Settings) -> None:
    """Runs an application where the settings say, until interrupted."""
    where = settings.serve
    options = uvicorn_options(settings)
    uvicorn.run(app, host=where.host, port=where.port, log_config=_logging(), **options)


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
        note(f"listening on {where.host}: whoever reaches it may {where.allow_anonymous} without a key")
    elif not KeyRing(settings.index).known():
        raise Misuse(
            f"on {where.host} others could ask, and there is no API key: make one with `pincite key create"
            ' NAME`, or set serve.allow_anonymous = "read"'
        )


def _logging() -> dict[str, object]:
    """The server's own log settings, all of it on stderr, ours with it."""
    config = deepcopy(LOGGING_CONFIG)
    config["formatters"]["line"] = {"format": "%(asctime)s %(message)s"}
    config["handlers"]["line"] = {"class": "logging.StreamHandler", "formatter": "line"}
    config["loggers"]["pincite.access"] = {"handlers": ["line"], "level": "INFO", "propagate": False}
    config["loggers"]["pincite"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return config
