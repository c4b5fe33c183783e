"""Trying a chat model on something tiny, asked as it is for an answer: does it stream, and keep to a form?"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa.chat_model import ChatModel, Count
from qa.errors import GeneratorFailed
from qa.prompts import Schema

QUESTION = "In one short sentence: what is the capital of Japan?"
SENTENCES = {
    "S1": "The harbour was closed in May.",
    "S2": "Mara Lind signed the lease on 3 June.",
    "S3": "Lunch is served at noon.",
}
RIGHT = "S2"
EVIDENCE = [json.dumps({"handle": handle, "sentence": text}) for handle, text in SENTENCES.items()]
POINTING = "\n".join(["Which sentence says who signed the lease? Name its handle, as JSON.", *EVIDENCE])
FORM: Schema = {
    "title": "Pointed",
    "description": "The handle of one sentence.",
    "type": "object",
    "properties": {"handle": {"type": "string", "enum": list(SENTENCES)}},
    "required": ["handle"],
    "additionalProperties": False,
}
MOST_SHOWN = 200  # characters of a reply


@dataclass(frozen=True, slots=True)
class Finding:
    """What one trial found.

    Attributes:
        trial: what was tried.
        passed: whether the model can do it.
        told: what it said, or why it failed.
        seconds: how long it took.
    """

    trial: str
    passed: bool
    told: str
    seconds: float


def check_chat_model(chat: ChatModel, seconds: float) -> Iterator[Finding]:
    """Tries one thing after the other, each for so long at most; what fails is a finding, not an error."""
    yield _tried("answers", lambda: _answers(chat, seconds))
    yield _tried("streams", lambda: _streams(chat, seconds))
    yield _tried("keeps to a form", lambda: _keeps_to_form(chat, seconds))


def _tried(trial: str, attempt: Callable[[], tuple[bool, str]]) -> Finding:
    start = time.perf_counter()
    try:
        passed, told = attempt()
    except GeneratorFailed as error:
        passed, told = False, str(error)
    return Finding(trial, passed, told[:MOST_SHOWN], time.perf_counter() - start)


def _pieces(chat: ChatModel, said: str, seconds: float, schema: Schema | None = None) -> Iterator[str]:
    return chat.stream([("human", said)], schema, time.monotonic() + seconds, Count())


def _answers(chat: ChatModel, seconds: float) -> tuple[bool, str]:
    said = "".join(_pieces(chat, QUESTION, seconds))
    return bool(said.strip()), said or "an empty reply"


def _streams(chat: ChatModel, seconds: float) -> tuple[bool, str]:
    start, first, count = time.perf_counter(), 0.0, 0
    for piece in _pieces(chat, QUESTION, seconds):
        if piece:
            first = first or time.perf_counter() - start
            count += 1
    return count > 1, f"{count} pieces, the first after {first:.1f} s"


def _keeps_to_form(chat: ChatModel, seconds: float) -> tuple[bool, str]:
    said = "".join(_pieces(chat, POINTING, seconds, FORM))
    handle = _handle_in(said)
    if handle is None:
        return False, f"not the form asked for: {said!r}"
    return True, f"pointed at {handle}, which is {'right' if handle == RIGHT else f'wrong: {RIGHT} is right'}"


def _handle_in(said: str) -> str | None:
    try:
        pointed = json.loads(said)
    except ValueError:
        return None
    handle = pointed.get("handle") if isinstance(pointed, dict) else None
    return handle if isinstance(handle, str) and handle in SENTENCES else None
