"""What an examination finds, and what a repair did about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Part = Literal["index", "lexical index", "vectors", "files", "uploads", "conversations", "drafts", "keys"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        part: of the index folder.
        told: what is wrong, naming it.
        consequence: what that means for whoever asks, or what will be done about it.
        is_fault: False for what the next ingest or start sets right by itself.
        is_mended: whether a repair sets it right, or at least tries to.
    """

    part: Part
    told: str
    consequence: str
    is_fault: bool = True
    is_mended: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a repair did.

    Attributes:
        done: each thing that was set right, in words.
        lost: each thing that could not be brought back, and why.
    """

    done: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.done + other.done, self.lost + other.lost)


def is_sound(findings: Iterable[Finding]) -> bool:
    """Whether nothing needs a repair."""
    return not any(finding.is_fault for finding in findings)


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 vector`, `2,000 vectors`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
