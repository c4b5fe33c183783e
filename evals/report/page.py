"""The page: what the template shows, put together. Everything but our own drawings is escaped."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from evals.report.charts import charts
from evals.report.entries import GOLD, Entry, entries
from evals.report.runs import JudgedRun, Verdict, verdict_counts
from evals.score import LOWER_IS_BETTER, OVERALL, Score
from ingest.store import Snapshot


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A fact about the runs, one value a run."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs differ in it."""
        return len(set(self.values)) > 1


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure, one score a run; None where a run has no such measure."""

    measure: str
    scores: tuple[Score | None, ...]

    @property
    def lower_is_better(self) -> bool:
        """Whether 0 would be best."""
        return self.measure in LOWER_IS_BETTER


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict, and for how many questions of each run it was given."""

    verdict: Verdict
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of question, and how many there are; its number names it in the page's style."""

    number: int
    name: str
    n: int


def page(runs: Sequence[JudgedRun], live: Snapshot) -> str:
    """The page as HTML."""
    told = list(entries(runs, live))
    types = sorted({name for run in runs for name in run.tables} - {OVERALL})
    template = _environment().from_string(
        files("evals.report").joinpath("page.html.jinja").read_text(encoding="utf-8")
    )
    return template.render(
        names=[run.name for run in runs],
        headers=header_rows(runs),
        verdicts=verdict_rows(runs),
        overall=measure_rows(runs, OVERALL),
        by_type=[(name, measure_rows(runs, name)) for name in types],
        charts=charts(runs),
        entries=told,
        kinds=(found := kinds(told)),
        kind_numbers={kind.name: kind.number for kind in found},
        GOLD=GOLD,
    )


def header_rows(runs: Sequence[JudgedRun]) -> list[HeaderRow]:
    """The runs' headers, field by field."""
    names = dict.fromkeys(field.name for run in runs for field in fields(run.header))
    return [HeaderRow(name, tuple(str(getattr(run.header, name, "")) for run in runs)) for name in names]


def measure_rows(runs: Sequence[JudgedRun], table: str) -> list[MeasureRow]:
    """The measures of one table, in the order of the runs' tables."""
    found = [run.tables.get(table, {}) for run in runs]
    names = dict.fromkeys(name for scores in found for name in scores)
    return [MeasureRow(name, tuple(scores.get(name) for scores in found)) for name in names]


def verdict_rows(runs: Sequence[JudgedRun]) -> list[VerdictRow]:
    """The verdicts that occur."""
    counts = [verdict_counts(run.judged) for run in runs]
    rows = [VerdictRow(item, tuple(count[item] for count in counts)) for item in Verdict]
    return [row for row in rows if any(row.counts)]


def kinds(told: Sequence[Entry]) -> list[Kind]:
    """The types of question in the order of their names."""
    types = [entry.question.type for entry in told]
    return [Kind(number, name, types.count(name)) for number, name in enumerate(sorted(set(types)))]


def _environment() -> Environment:
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
