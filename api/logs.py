"""The log of a server: lines of JSON on standard error, whoever wrote them."""

import json
import logging
import threading
import time
from logging.config import dictConfig

from api.at_hand import request_id

CONFIG = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "api.logs.JsonLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"pincite": {"level": "INFO"}, "uvicorn": {"level": "INFO"}},
}


class JsonLine(logging.Formatter):
    """Makes a record one line: when, how grave, who, what; and the id of the request at hand, if one is."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, ASCII alone: nothing that was logged can break it, or a terminal."""
        line = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := request_id():
            line["request"] = request
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002 - logging's name
        """UTC, to the millisecond."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return f"{seconds}.{int(record.msecs):03d}Z"


def log_as_json() -> None:
    """From now on everything this process logs, warns of or fails with in a thread is a line of JSON."""
    dictConfig(CONFIG)
    logging.captureWarnings(True)
    threading.excepthook = _log_failure


def _log_failure(failure: threading.ExceptHookArgs) -> None:
    if failure.exc_value is not None and not issubclass(failure.exc_type, SystemExit):
        name = failure.thread.name if failure.thread else ""
        trace = (failure.exc_type, failure.exc_value, failure.exc_traceback)
        logging.getLogger("pincite").error("thread %s failed", name, exc_info=trace)
