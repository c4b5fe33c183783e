"""Runs campaigns: `python -m benchmarks.survival NAME … [--amount N] [--seed N] [--out FOLDER]`.

Each writes OUT/NAME.json; `page` writes docs/reliability.md from what is there. Without a name all are run.
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from benchmarks.survival import corruption, files, kills, machines, page, soak
from benchmarks.survival.recording import Order

CAMPAIGNS: dict[str, Callable[[Order], None]] = {
    "corruption": corruption.run,
    "files": files.run,
    "kills": kills.run,
    "machines": machines.run,
    "soak": soak.run,
    "page": page.run,
}


def main() -> None:
    """Runs what is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(CAMPAIGNS))
    parser.add_argument("--amount", type=int, help="kills, files of a format, minutes; else as on the page")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("build/survival"))
    parser.add_argument("--work", type=Path, default=Path("build/survival/work"))
    parser.add_argument("--seconds", type=float, default=math.inf, help="after so many `files` stops")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="minutes of the soak's load in one of the clock"
    )
    options = parser.parse_args()
    order = Order(options.amount, options.seed, options.out, options.work, options.seconds, options.pace)
    for name in options.names or CAMPAIGNS:
        if name not in CAMPAIGNS:
            parser.error(f"no campaign {name!r}: there are {', '.join(CAMPAIGNS)}")
        CAMPAIGNS[name](order)


if __name__ == "__main__":
    main()
