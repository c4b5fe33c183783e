"""How far the lexical verifier agrees with people, by the coverage it asks for.

    python benchmarks/support.py FILE.jsonl

FILE is in AttributionBench's form: `claim`, `references` and `attribution_label` on every line.
"""

import argparse
import json
from pathlib import Path

from qa.answers import Support
from qa.support import LexicalVerifier

COVERAGES = (0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0)


def main() -> None:
    """Prints one line per coverage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    lines = parser.parse_args().file.read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line.strip()]
    print("coverage  carried kept  not carried kept  precision")
    for coverage in COVERAGES:
        verifier = LexicalVerifier(coverage)
        kept = [verifier.support(row["claim"], row["references"]) is not Support.UNSUPPORTED for row in rows]
        carried = [row["attribution_label"] == "attributable" for row in rows]
        right = sum(one and other for one, other in zip(kept, carried, strict=True))
        wrong = sum(kept) - right
        shares = (right / sum(carried), wrong / (len(rows) - sum(carried)), right / max(1, sum(kept)))
        print(f"{coverage:8}  {shares[0]:12.3f}  {shares[1]:16.3f}  {shares[2]:9.3f}")


if __name__ == "__main__":
    main()
