"""The page on size, and its plot, from the figures of `benchmarks/scale.py`."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from evals.report.svg import INK, house_style, svg_of

STEPS = ("embed", "dense", "lexical", "fuse and fetch", "retrieval", "read", "write", "whole")
TITLES = {"fuse and fetch": "fuse, fetch", "retrieval": "**retrieval, all of it**", "whole": "**a question**"}
CLOCKS = {"cpu": "processor time", "wall": "by the clock"}
PLOT = "images/performance.svg"

HEAD = """# How it fares as it grows

Written by `make bench-scale DATA=…` from what it measured; what was changed for it, and what was tried and
left, stands in [decision 27](decisions/0027-scale.md).
"""

HOW = """## How it was measured

* Texts: the documents of the development sets, then varied copies of them (other names, numbers and a quarter
  of the other words, drawn as often as they occur; sentences in another order), split and stored like any.
* Vectors: embedded for the first {embedded} passages, beyond that those of the original with noise of the
  covariance of real vectors, as far from it as copies that were embedded are (a median cosine of 0.65).
* Questions: {questions} of our own and of the development sets{every}, each asked of every size in turn, in
  an order that rotates, by one process per size, after {warm} to warm up.
* Processor time holds on a machine that does other things besides; time by the clock holds what those took.
* Removing for good writes both databases anew: a document of a copy of the index, and another one after it.
* The first question is asked of a process that was just started: Python, models, both halves of the index.
* Recall: of the exact nearest 10 and 100 passages, the share that the graph's nearest 10 and 100 hold.

{machine}. {remark}
"""


def write_page(figures: Mapping[str, Any] | None, served: Mapping[str, Any] | None, page: Path) -> None:
    """Writes the page, and its plot beside it.

    Raises:
        SystemExit: if the embedded engines were not measured.
    """
    if figures is None:
        raise SystemExit("measure the embedded engines first: without --book and --vectors")
    sizes = figures["sizes"]
    blocks = [
        HEAD,
        f"![Milliseconds of a question by step, and by size of the index]({PLOT})\n",
        "## A question, by step\n\nMilliseconds of processor time, median and 95th percentile:\n",
        _steps(sizes, "cpu"),
        "By the clock:\n",
        _steps(sizes, "wall"),
        _ratios(sizes, "cpu", "wall"),
        "## What an index takes\n",
        _holdings(sizes),
        "## Ingest\n",
        _ingest(figures["build"]) if figures["build"] else NOT_BUILT,
        *(_served(served) if served else ()),
        HOW.format(**figures["how"], machine=figures["machine"]),
    ]
    page.write_text("\n".join(blocks).rstrip() + "\n", encoding="utf-8")
    (page.parent / PLOT).parent.mkdir(exist_ok=True)
    (page.parent / PLOT).write_text(_plot(sizes) + "\n", encoding="utf-8")


def _steps(sizes: Mapping[str, Any], clock: str) -> str:
    rows = [
        [
            TITLES.get(step, step),
            *(f"{of[clock][step]['p50']:.1f} · {of[clock][step]['p95']:.1f}" for of in sizes.values()),
        ]
        for step in STEPS
        if all(step in of[clock] for of in sizes.values())
    ]
    return _table(["", *_names(sizes)], rows)


def _served(figures: Mapping[str, Any]) -> list[str]:
    """The same of a PostgreSQL database and a Chroma server."""
    sizes = figures["sizes"]
    return [
        "## PostgreSQL and a Chroma server\n\nBoth on the same machine; by the clock, as they do most:\n",
        _steps(sizes, "wall"),
        _ratios(sizes, "wall"),
        _holdings(sizes),
        _ingest(figures["build"]) if figures["build"] else NOT_BUILT,
        figures["how"]["remark"] + "\n",
    ]


def _ratios(sizes: Mapping[str, Any], *clocks: str) -> str:
    names = _names(sizes)
    said = [
        f"* {name}, {CLOCKS[clock]}: retrieval {_ratio(of, clock, 'retrieval')},"
        f" a question {_ratio(of, clock, 'whole')}"
        for name, of in zip(names[1:], list(sizes.values())[1:], strict=True)
        for clock in clocks
    ]
    told = f"The same question against {names[0]}, median of the ratios with quartiles:"
    return "\n".join([told, "", *said, ""])


def _ratio(of: Mapping[str, Any], clock: str, step: str) -> str:
    low, middle, high = of["ratio"][clock][step]
    return f"**{middle:.2f}** ({low:.2f} to {high:.2f})"


def _holdings(sizes: Mapping[str, Any]) -> str:
    parts = next(iter(sizes.values()))["disk"]
    each = list(sizes.values())
    rows = [
        ["documents", *(f"{of['held'][0]:,}" for of in each)],
        ["sentences", *(f"{of['held'][1]:,}" for of in each)],
        ["passages", *(f"{of['held'][2]:,}" for of in each)],
        ["resident after the questions, MB", *(f"{of['resident_after_mb']:,}" for of in each)],
        ["resident at most, MB", *(f"{of['peak_mb']:,}" for of in each)],
        *([f"on disk: {part}, MB", *(f"{of['disk'][part] / 1e6:,.0f}" for of in each)] for part in parts),
        ["first question of a fresh process, s", *(f"{of['first']:.1f}" for of in each)],
        *(
            [f"recall of the nearest {depth}", *(f"{of['recall'][depth]:.3f}" for of in each)]
            for depth in each[0]["recall"]
        ),
        *(
            [f"removing {which} document for good, s", *(f"{of['removal'][number]:.1f}" for of in each)]
            for number, which in enumerate(("a", "another")[: len(each[0]["removal"])])
        ),
    ]
    return _table(["", *_names(sizes)], rows)


NOT_BUILT = "Not measured in this run: the indexes were there already.\n"


def _ingest(lines: Sequence[Mapping[str, Any]]) -> str:
    """Passages a second without the time of making texts and vectors, over each stretch between two lines."""
    rows = []
    for before, line in pairwise(lines):
        if before["from"] != line["from"] or line["passages"] <= before["passages"]:
            continue
        passages = line["passages"] - before["passages"]
        spent = {name: line[name] - before[name] for name in ("whole", "making", "embedding", "vectors")}
        own = spent["whole"] - spent["making"] - spent["embedding"]
        rows.append(
            (line["passages"], passages / own, 1e3 * spent["vectors"] / passages, line["resident_mb"])
        )
    return _table(
        ["passages held", "passages a second", "ms a passage in Chroma", "resident, MB"],
        [
            [f"{held:,}", f"{rate:,.0f}", f"{vectors:.2f}", f"{resident:,}"]
            for held, rate, vectors, resident in _thinned(rows)
        ],
    )


def _thinned(
    rows: Sequence[tuple[int, float, float, int]], most: int = 10
) -> list[tuple[int, float, float, int]]:
    return (
        [rows[round(n * (len(rows) - 1) / (most - 1))] for n in range(most)]
        if len(rows) > most
        else list(rows)
    )


def _names(sizes: Mapping[str, Any]) -> list[str]:
    return [f"{of['held'][2]:,} passages" for of in sizes.values()]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _plot(sizes: Mapping[str, Any]) -> str:
    """Steps by size, both logarithmic."""
    passages = [of["held"][2] for of in sizes.values()]
    with house_style():
        figure = Figure(figsize=(7, 4))
        axes = figure.subplots()
        for step, marker in zip(("whole", "retrieval", "dense", "lexical", "embed"), "osd^v", strict=True):
            middle = [of["cpu"][step]["p50"] for of in sizes.values()]
            high = [of["cpu"][step]["p95"] for of in sizes.values()]
            (line,) = axes.plot(
                passages, middle, marker=marker, label={"whole": "a question"}.get(step, step)
            )
            axes.fill_between(passages, middle, high, alpha=0.12, color=line.get_color(), linewidth=0)
        axes.set(
            xscale="log",
            yscale="log",
            xlabel="passages",
            ylabel="ms of processor time: median to 95th percentile",
        )
        axes.legend()
        drawn = svg_of(figure, "performance", "Milliseconds of a question by step and size of the index")
    # As a picture by itself it has no page whose colour it could take.
    return drawn.replace("currentColor", INK)
