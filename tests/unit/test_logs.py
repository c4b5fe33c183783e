"""Lines of the log: whatever is logged, one line of JSON."""

import json
import logging
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from api.at_hand import begin
from api.logs import JsonLine

ROOT = Path(__file__).parents[2]
NOISY = """
import logging, threading, warnings
from api.logs import log_as_json
log_as_json()
logging.getLogger("pincite").info("a line\\nand\\x1b[31m another")
logging.getLogger("somebody.else").info("not told")
logging.getLogger("somebody.else").warning("told")
warnings.warn("old")
thread = threading.Thread(target=lambda: 1 / 0, name="worker")
thread.start()
thread.join()
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("pincite").exception("it failed")
"""


@given(st.text(), st.text())
def test_any_text_is_one_line(message: str, name: str) -> None:
    record = logging.LogRecord(name, logging.WARNING, "", 0, message, None, None)
    line = JsonLine().format(record)
    assert line.isascii()
    assert "\n" not in line
    assert (json.loads(line)["message"], json.loads(line)["logger"]) == (message, name)


def test_a_line_says_when_in_utc() -> None:
    record = logging.makeLogRecord({"created": 1763802123.456, "msecs": 456.0, "msg": "now"})
    assert json.loads(JsonLine().format(record))["time"] == "2025-11-22T09:02:03.456Z"


def test_a_line_names_the_request_at_hand() -> None:
    begin("abc-1")
    try:
        record = logging.makeLogRecord({"msg": "x", "fields": {"status": 200}})
        line = json.loads(JsonLine().format(record))
    finally:
        begin("")
    assert (line["request"], line["status"]) == ("abc-1", 200)


def test_warnings_failures_and_other_loggers_are_lines_too() -> None:
    run = subprocess.run([sys.executable, "-c", NOISY], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in run.stderr.splitlines()]
    assert [(line["logger"], line["level"]) for line in lines] == [
        ("pincite", "info"),
        ("somebody.else", "warning"),
        ("py.warnings", "warning"),
        ("pincite", "error"),
        ("pincite", "error"),
    ]
    assert lines[3]["message"] == "thread worker failed"
    assert all("ZeroDivisionError" in line["traceback"] for line in lines[3:])
