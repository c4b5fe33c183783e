"""Trying a chat model on something tiny: does it answer, stream and keep to a form, and how fast."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

QUESTION = "In one short sentence: what is the capital of Japan?"
SENTENCES = {
    "S1": "The harbour was closed in May.",
    "S2": "Mara Lind signed the lease on 3 June.",
    "S3": "Lunch is served at noon.",
}
RIGHT = "S2"
EVIDENCE = [json.dumps({"handle": handle, "sentence": text}) for handle, text in SENTENCES.items()]
POINTING = "\n".join(["Which sentence says who signed the lease? Name its handle, as JSON.", *EVIDENCE])
FORM = {
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


def check_chat_model(model: BaseChatModel) -> Iterator[Finding]:
    """Tries one thing after the other; what fails is a finding, not an error."""
    yield _tried("answers", lambda: _answers(model))
    yield _tried("streams", lambda: _streams(model))
    yield _tried("keeps to a form", lambda: _keeps_to_form(model))


def _tried(trial: str, attempt: Callable[[], tuple[bool, str]]) -> Finding:
    start = time.perf_counter()
    try:
        passed, told = attempt()
    except Exception as error:  # noqa: BLE001 - every provider's package raises what it likes; it is the finding
        passed, told = False, f"{type(error).__name__}: {error}"
    return Finding(trial, passed, told[:MOST_SHOWN], time.perf_counter() - start)


def _answers(model: BaseChatModel) -> tuple[bool, str]:
    said = model.invoke(QUESTION).text
    return bool(said.strip()), said or "an empty reply"


def _streams(model: BaseChatModel) -> tuple[bool, str]:
    start, first, count = time.perf_counter(), 0.0, 0
    for chunk in model.stream(QUESTION):
        if chunk.text:
            first = first or time.perf_counter() - start
            count += 1
    return count > 1, f"{count} pieces, the first after {first:.1f} s"


def _keeps_to_form(model: BaseChatModel) -> tuple[bool, str]:
    pointed = model.with_structured_output(FORM, method="json_schema").invoke(POINTING)
    handle = pointed.get("handle") if isinstance(pointed, dict) else None
    if handle not in SENTENCES:
        return False, f"not the form asked for: {pointed!r}"
    return True, f"pointed at {handle}, which is {'right' if handle == RIGHT else f'wrong: {RIGHT} is right'}"
