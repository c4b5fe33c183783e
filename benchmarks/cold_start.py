"""What one question costs from a cold start, against the least it could cost.

    python benchmarks/cold_start.py [--rounds R]

In turn, as whole processes: `pincite ask` on a built index of corpus/; a script that imports chromadb
and embeds one text; `pincite --help`; and an empty Python. Prints medians and paired ratios.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"
PINCITE = (sys.executable, "-c", "from api.cli import main; main()")
QUESTION = "How much will Japan invest in the United States?"
BARE = """
import chromadb
from pathlib import Path
from ingest.embedding.opening import open_embedder
open_embedder("all-MiniLM-L6-v2", Path({models!r})).embed_query({question!r})
"""


def main() -> None:
    """Measures in rounds, so that a slow spell of the machine strikes all alike."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as index:
        run(*PINCITE, "ingest", CORPUS, "--index", index)
        bare = BARE.format(models=str(Path(index) / "models"), question=QUESTION)
        commands = {
            "pincite ask": (*PINCITE, "ask", QUESTION, "--index", index),
            "chromadb + one embedding": (sys.executable, "-c", bare),
            "pincite --help": (*PINCITE, "--help"),
            "empty python": (sys.executable, "-c", ""),
        }
        seconds = {name: [] for name in commands}
        for _ in range(options.rounds + 1):
            for name, command in commands.items():
                seconds[name].append(run(*command))
    report({name: measured[1:] for name, measured in seconds.items()})  # the first round warms up


def report(seconds: dict[str, list[float]]) -> None:
    """One line per command, and the ratio that matters."""
    for name, measured in seconds.items():
        print(
            f"{name:26} median {statistics.median(measured):.2f} s ({min(measured):.2f}–{max(measured):.2f})"
        )
    pairs = zip(seconds["pincite ask"], seconds["chromadb + one embedding"], strict=True)
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"pincite ask / (chromadb + one embedding): median of paired ratios {ratio:.2f}")


def run(*command: object) -> float:
    """Wall time of a command that has to succeed, in seconds."""
    started = time.perf_counter()
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
