"""The report: evaluation runs side by side on one HTML page that needs nothing but itself.

runs       a run held against its questions, and verdicts in words
points     what the charts draw, computed
charts     the charts, drawn by Matplotlib
svg        a drawing as an element of the page
contexts   marked sentences in the text around them
entries    every question with its gold and what was told
page       all of it, put into `page.html.jinja`

What documents, questions, answers and names say is escaped; only our own drawings are markup.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from evals.report.page import page
from evals.report.runs import JudgedRun
from ingest.store import Snapshot

__all__ = ["JudgedRun", "write_report"]


def write_report(runs: Sequence[JudgedRun], live: Snapshot, path: Path) -> None:
    """Writes the page of some runs, whole or not at all; what stood in the file before is replaced.

    The same runs and documents make the same bytes.

    Args:
        runs: of the same questions, in the order in which they shall stand.
        live: the documents that were asked about.
        path: where the page goes.

    Raises:
        ValueError: without a run.
        OSError: if the file cannot be written.
    """
    if not runs:
        raise ValueError("a report needs at least one run")
    # Run files are JSON, in which a model's half of a surrogate pair may have survived.
    content = page(runs, live).encode("utf-8", "replace")
    draft = path.parent / f".{path.name}.{os.getpid()}.part"
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
