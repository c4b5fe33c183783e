"""What a case of the bad machines is: things tried, what was told of each, and what is wrong with that."""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.load_server import PINCITE

PATIENCE = 120.0
NEXT_STEP = re.compile(
    r"make room|make the folder|allow this process|look whether|try again|run `pincite|do it again|"
    r"put it back|the log says|"
    r"its log says|the server's log",
)


@dataclass(slots=True)
class Case:
    """One bad machine.

    Attributes:
        name: what is bad about it.
        told: every refusal, by what was tried.
        went: how often something went as on any machine.
        faults: tracebacks, wrong advice, things half-done, things that do not work again.
    """

    name: str
    told: dict[str, str] = field(default_factory=dict)
    went: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, right: bool, fault: str) -> None:
        """Counts what is right, and notes what is not."""
        if right:
            self.went += 1
        else:
            self.faults.append(fault)

    def refused(self, tried: str, message: str) -> None:
        """A refusal: it must say what to do next, and must not call what is whole damaged."""
        self.told[tried] = message[-400:]
        if not NEXT_STEP.search(message):
            self.faults.append(f"{tried}: no next step: {message[-300:]}")
        if "Traceback" in message or "move" in message or "doctor" in message:
            self.faults.append(f"{tried}: wrong advice: {message[-300:]}")


def pincite(
    *arguments: str, prefix: tuple[str, ...] = (), **variables: str
) -> "subprocess.CompletedProcess[str]":
    """The command, run by another one if that is given, with these environment variables."""
    return subprocess.run(
        [*prefix, *PINCITE, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


def try_command(case: Case, tried: str, done: "subprocess.CompletedProcess[str]") -> bool:
    """Notes how a command ended; whether it did what it should."""
    if done.returncode in (0, 3):
        case.went += 1
        return True
    case.refused(tried, done.stderr)
    return False


def try_request(case: Case, tried: str, response: httpx.Response) -> bool:
    """Notes what a server answered; whether it did what it should."""
    if response.is_success:
        case.went += 1
        return True
    if response.status_code >= 500 and "problem" not in response.text:
        case.faults.append(
            f"{tried}: {response.status_code} without a problem of its own: {response.text[:300]}"
        )
    case.refused(tried, response.text)
    return False


def half_done(index: Path) -> list[str]:
    """What of an index folder is neither as before nor as after; nothing, it is hoped."""
    left = [str(path.relative_to(index)) for path in index.rglob(".coming-in-*")]
    return [f"left behind: {path}" for path in left]
