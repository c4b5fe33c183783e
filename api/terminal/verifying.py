"""`pincite verify`: citations of saved answers, checked against what is live."""

import json as json_format
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from api.errors import Misuse
from api.listing import verification_blocks
from api.requests import SavedObject
from api.settings import load_settings
from api.terminal.exits import ANSWERED, FAILED
from api.terminal.output import print_blocks, print_object
from api.views import verification_object
from ingest.assembly import open_store

STDIN = "-"


def verify(index: Path | None, file: str, *, json: bool) -> int:
    """Prints a verdict on every citation.

    Raises:
        IngestError: if the index cannot be used.
        Misuse: if the file holds no saved answers.
    """
    settings = load_settings({"index": index})
    text = _read(file)
    citations = [cited for saved in _saved(text, file) for cited in saved.all_citations()]
    with open_store(settings).reading() as live:
        result = verification_object(live, citations)
    if json:
        print_object(result)
    else:
        print_blocks(verification_blocks(result))
    return ANSWERED if result.ok else FAILED


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == STDIN else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{file} cannot be read: {error}") from error


def _saved(text: str, file: str) -> Iterator[SavedObject]:
    """The objects of a file: one, an array of them, or one a line."""
    try:
        for value in _values(text):
            yield SavedObject.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Misuse(f"{file} holds no saved answers: {place}: {first['msg']}") from error
    except json_format.JSONDecodeError as error:
        raise Misuse(f"{file} is not JSON: {error}") from error


def _values(text: str) -> list[object]:
    try:
        whole = json_format.loads(text)
    except json_format.JSONDecodeError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise
        return [json_format.loads(line) for line in lines]
    return whole if isinstance(whole, list) else [whole]
