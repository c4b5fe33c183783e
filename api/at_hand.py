"""The request at hand: its id, for whoever writes to the log, and what its answer took, for its trace.

It is known wherever the request is worked on: the threads that routes run in are given their task's context.
"""

import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field

from qa.answers import StepTime

SECOND = 1_000_000_000  # nanoseconds


@dataclass(frozen=True, slots=True)
class TimedStep:
    """A step of answering; times in nanoseconds since 1970."""

    name: str
    started: int
    ended: int


@dataclass(slots=True)
class AtHand:
    """A request that is worked on.

    Attributes:
        id: as the answer bears it.
        steps: of all questions answered for it.
    """

    id: str
    steps: list[TimedStep] = field(default_factory=list)


_AT_HAND: ContextVar[AtHand | None] = ContextVar("at_hand", default=None)


def begin(request_id: str) -> AtHand:
    """From now on this is the request at hand; every request has a context of its own."""
    at_hand = AtHand(request_id)
    _AT_HAND.set(at_hand)
    return at_hand


def request_id() -> str:
    """Id of the request at hand; "" if there is none."""
    at_hand = _AT_HAND.get()
    return at_hand.id if at_hand else ""


def note_steps(durations: Iterable[StepTime]) -> None:
    """Notes the steps of an answer that is concluded now: one after the other, the last just over."""
    at_hand = _AT_HAND.get()
    if at_hand is None:
        return
    ended = time.time_ns()
    steps = []
    for step in reversed(tuple(durations)):
        started = ended - round(step.seconds * SECOND)
        steps.append(TimedStep(step.step, started, ended))
        ended = started
    at_hand.steps += reversed(steps)
