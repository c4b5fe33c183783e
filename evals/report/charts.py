"""Charts: what the measures leave out, drawn run beside run.

Colours are Okabe and Ito's (Color universal design, 2008), which colour-blind readers can tell
apart, the blue made lighter to be seen on dark paper; lines also differ in dashes, bars in hatching.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evals.measures import percentile
from evals.report.points import (
    BINS,
    DEPTH,
    Bin,
    Point,
    beliefs,
    gold_ranks,
    latency_steps,
    reliability,
    risk_coverage,
)
from evals.report.runs import JudgedRun
from evals.report.svg import INK, house_style, plain, svg_of

COLOURS = ("#1f83c6", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
DASHES = ("-", "--", "-.", ":")
HATCHES = ("", "////", "----", "xxxx")
MARKERS = ("o", "s", "^", "D")
PERCENTS = (50, 95)
MOST_LABELLED = 2  # runs; with more, counts above bars run into each other

_RIGHT_HERE = (
    "Confidence is that of the best sentence, whether it was cited or, after an abstention, only shown as the"
    " nearest; right is a gold sentence. Nothing is right about a question that cannot be answered."
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the figures behind it.

    Attributes:
        svg: markup of our own making.
        columns, rows: the figures as a table, the first of each row naming it.
    """

    title: str
    caption: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def charts(runs: Sequence[JudgedRun]) -> tuple[Chart, ...]:
    """All charts of these runs."""
    with house_style():
        return (_risk(runs), _reliability(runs), _ranks(runs), _latency(runs))


def _risk(runs: Sequence[JudgedRun]) -> Chart:
    curves = [risk_coverage(beliefs(run.judged)) for run in runs]
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    lines = [_line(axes, number, points) for number, points in enumerate(curves)]
    axes.set(xlabel="coverage: share of questions, most confident first", ylabel="risk: share wrong")
    axes.set(xlim=(0, 1.01), ylim=(0, None))
    _legend(figure, lines, runs)
    tenths = [number / 10 for number in range(1, 11)]
    return Chart(
        "Risk and coverage",
        "The share that is wrong among the questions of highest confidence; lower is better, and AURC is the"
        f" mean. {_RIGHT_HERE}",
        svg_of(figure, "risk", _label("Risk and coverage", runs)),
        ("coverage", *(f"risk, {run.name}" for run in runs)),
        tuple((f"{share:.0%}", *(_number(_at(points, share)) for points in curves)) for share in tenths),
    )


def _reliability(runs: Sequence[JudgedRun]) -> Chart:
    found = [reliability(beliefs(run.judged)) for run in runs]
    figure = Figure(figsize=(6.4, 5.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=INK, linewidth=0.8)
    upper.set(ylabel="share right", xlim=(0, 1), ylim=(-0.03, 1.03))
    lines = [_bin_line(upper, number, bins) for number, bins in enumerate(found)]
    middles = [(item.low + item.high) / 2 for item in reliability([])]
    _bars(lower, middles, [[item.n for item in bins] for bins in found], 0.09)
    lower.set(ylabel="questions", xlabel="confidence", xticks=[number / BINS for number in range(BINS + 1)])
    _legend(figure, lines, runs)
    columns = (f"{what}, {run.name}" for run in runs for what in ("n", "mean confidence", "share right"))
    return Chart(
        "Reliability",
        "Mean confidence in ten bins against the share that was right; on the diagonal confidence means what"
        f" it says. Below, how many questions each bin holds. {_RIGHT_HERE}",
        svg_of(figure, "reliability", _label("Reliability", runs)),
        ("confidence", *columns),
        tuple(_bin_row(bins) for bins in zip(*found, strict=True)),
    )


def _ranks(runs: Sequence[JudgedRun]) -> Chart:
    found = [gold_ranks(run.judged) for run in runs]
    names = (*map(str, range(1, DEPTH + 1)), "not among them")
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    bars = _bars(axes, range(len(names)), found, 0.84)
    axes.set(xlabel="rank of the first passage with a gold sentence", ylabel="questions")
    axes.set_xticks(range(len(names)), (*names[:-1], "not\namong\nthem"))
    _legend(figure, bars, runs)
    return Chart(
        "Rank of gold",
        f"Where among the first {DEPTH} retrieved passages the first one stands that covers a gold sentence,"
        " for questions that have one.",
        svg_of(figure, "ranks", _label("Rank of gold", runs)),
        ("rank", *(f"questions, {run.name}" for run in runs)),
        tuple((name, *map(str, row)) for name, row in zip(names, zip(*found, strict=True), strict=True)),
    )


def _latency(runs: Sequence[JudgedRun]) -> Chart:
    found = [[item.asked.seconds for item in run.judged] for run in runs]
    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    axes = figure.subplots()
    lines = [_latency_line(axes, number, seconds) for number, seconds in enumerate(found)]
    axes.set(xlabel="seconds", ylabel="share that took no longer", xlim=(0, None), ylim=(0, 1.03))
    _legend(figure, lines, runs)
    rows = (
        (f"p{percent}", *(_number(percentile(seconds, percent)) for seconds in found))
        for percent in (*PERCENTS, 99, 100)
    )
    return Chart(
        "Latency",
        "The share of questions that were answered within a time; the median and the 95th percentile are"
        " marked.",
        svg_of(figure, "latency", _label("Latency", runs)),
        ("percentile", *(f"seconds, {run.name}" for run in runs)),
        tuple(rows),
    )


def _line(axes: Axes, number: int, points: Sequence[Point], **more: str) -> Artist:
    """A line in the colour and dashes of its run."""
    look: dict[str, Any] = {"color": _of(COLOURS, number), "linestyle": _of(DASHES, number), **more}
    return axes.plot([x for x, _ in points], [y for _, y in points], linewidth=1.8, **look)[0]


def _bin_line(axes: Axes, number: int, bins: Sequence[Bin]) -> Artist:
    points = [
        (item.confidence, item.right)
        for item in bins
        if item.confidence is not None and item.right is not None
    ]
    return _line(axes, number, points, marker=_of(MARKERS, number))


def _latency_line(axes: Axes, number: int, seconds: Sequence[float]) -> Artist:
    steps = latency_steps(seconds)
    for percent in PERCENTS:
        value = percentile(seconds, percent)
        if value is not None:
            _mark_percentile(axes, number, value, percent)
    return _line(axes, number, [(x, 0.0) for x, _ in steps[:1]] + steps, drawstyle="steps-post")


def _mark_percentile(axes: Axes, number: int, value: float, percent: int) -> None:
    colour = _of(COLOURS, number)
    axes.plot([value], [percent / 100], color=colour, marker=_of(MARKERS, number), linestyle="none")
    axes.annotate(
        f"p{percent} {value:.2f}",
        (value, percent / 100),
        xytext=(8, -4 - 12 * number),  # one below the other where runs are alike
        textcoords="offset points",
        color=colour,
        fontsize=9,
        va="top",
    )


def _bars(
    axes: Axes, middles: Sequence[float], counts: Sequence[Sequence[int]], width: float
) -> list[Artist]:
    """A group of bars at each of `middles`, one bar a run, with its count above where there is room."""
    axes.margins(y=0.15)
    axes.grid(visible=False, axis="x")
    each = width / max(1, len(counts))
    drawn: list[Artist] = []
    for number, row in enumerate(counts):
        places = [middle - width / 2 + each * (number + 0.5) for middle in middles]
        bars = axes.bar(places, row, width=each, **_bar_look(number))
        drawn.append(bars.patches[0])
        if len(counts) <= MOST_LABELLED:
            axes.bar_label(bars, labels=[str(count or "") for count in row], fontsize=7, padding=1)
    return drawn


def _bar_look(number: int) -> dict[str, Any]:
    return {"color": _of(COLOURS, number), "hatch": _of(HATCHES, number), "hatchcolor": "#ffffff"}


def _legend(figure: Figure, lines: Sequence[Artist], runs: Sequence[JudgedRun]) -> None:
    if len(runs) > 1:
        legend = figure.legend(lines, ["run"] * len(lines), loc="outside upper left")
        for text, run in zip(legend.get_texts(), runs, strict=True):
            text.set_text(plain(run.name))  # afterwards: Matplotlib leaves out labels that begin with "_"


def _bin_row(bins: Sequence[Bin]) -> tuple[str, ...]:
    cells = (cell for item in bins for cell in (str(item.n), _number(item.confidence), _number(item.right)))
    return (f"{bins[0].low:.1f}–{bins[0].high:.1f}", *cells)


def _at(points: Sequence[Point], share: float) -> float | None:
    """Risk at the least coverage that reaches a share."""
    return next((risk for coverage, risk in points if coverage >= share - 1e-9), None)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _label(title: str, runs: Sequence[JudgedRun]) -> str:
    names = ", ".join(plain(run.name) for run in runs)
    return f"Chart: {title} of {names}. The figures are in the table below it."


def _of(choices: Sequence[str], number: int) -> str:
    return choices[number % len(choices)]
