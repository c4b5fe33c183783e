"""`pincite serve`."""

from copy import deepcopy
from pathlib import Path

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from api.app import create_app
from api.guards import is_loopback
from api.settings import load_settings
from api.terminal.exits import ANSWERED
from api.terminal.output import note


def serve(index: Path | None, host: str | None, port: int | None) -> int:
    """Answers over HTTP until interrupted.

    Raises:
        BadSettings: if host or port cannot be.
    """
    settings = load_settings({"index": index, "serve.host": host, "serve.port": port})
    where = settings.serve
    if not is_loopback(where.host):
        note(f"listening on {where.host}: whoever reaches it can read the documents")
    uvicorn.run(create_app(settings), host=where.host, port=where.port, log_config=_logging())
    return ANSWERED


def _logging() -> dict[str, object]:
    """The server's own log settings, all of it on stderr, ours with it."""
    config = deepcopy(LOGGING_CONFIG)
    config["handlers"]["access"]["stream"] = "ext://sys.stderr"
    config["loggers"]["pincite"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return config
