"""What a campaign is given, and what it leaves: one JSON file of figures, from which the page is written."""

import dataclasses
import datetime as dt
import json
import math
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Order:
    """How a campaign is to be run.

    Attributes:
        amount: kills, files of a format, minutes: what the campaign counts in; None: as many as it should.
        seed: of everything drawn at random.
        out: folder of figures.
        work: folder for indexes and the like; may be large.
        pace: how many minutes of load are put into one of the clock.
        seconds: after so many a campaign that can be gone on with stops; run it again for the rest.
    """

    amount: int | None
    seed: int
    out: Path
    work: Path
    seconds: float = math.inf
    pace: float = 1.0


def record(order: Order, name: str, figures: object) -> None:
    """Writes a campaign's figures, with when and where they were taken."""
    order.out.mkdir(parents=True, exist_ok=True)
    kept = {
        "campaign": name,
        "command": command_of(order, name),
        "commit": _commit(),
        "taken": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "figures": figures,
    }
    partial = order.out / f"{name}.json.partial"
    partial.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(order.out / f"{name}.json")  # whoever reads meanwhile sees a whole one


def add_trial(log: Path, trial: "DataclassInstance") -> None:
    """Adds a line to the log of a campaign that may be ended and gone on with."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(dataclasses.asdict(trial)) + "\n")


def trials_in(log: Path) -> list[dict[str, Any]]:
    """All lines of such a log; none where there is none yet."""
    return list(map(json.loads, log.read_text(encoding="utf-8").splitlines())) if log.exists() else []


def command_of(order: Order, name: str) -> str:
    """What to type for the same figures."""
    amount = "" if order.amount is None else f" --amount {order.amount}"
    pace = "" if order.pace == 1 else f" --pace {order.pace:g}"
    return f"python -m benchmarks.survival {name}{amount}{pace} --seed {order.seed}"


def _commit() -> str:
    """Of the code that ran; "" where that is in no repository."""
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
