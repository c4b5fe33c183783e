"""Sections of docs/reliability.md: what a campaign did, and its figures."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.survival.damages import PAGES
from benchmarks.survival.slopes import slope_of

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the page: its title, and what it says of a campaign's figures."""

    title: str
    body: Callable[[Figures], str]

    def told(self, kept: Figures) -> str:
        """The section of what a campaign recorded."""
        commit = f", commit {kept['commit']}" if kept.get("commit") else ""
        ran = f"`{kept['command']}`, {kept['taken']}{commit}."
        return f"## {self.title}\n\n{ran}\n\n{self.body(kept['figures'])}"


KILLS = """\
A process that changes an index, real SQLite and real Chroma, is killed by SIGKILL: {clock} times by the
clock, {calls} times at a call drawn from all its calls into our code. Then the index is opened: everything
live must be whole in every part of it (text, sentences, words, vectors), and the citations of 1,000 stored
answers, one of each sentence, must be resolved exactly as the text that is live in its place demands. Then
the same operation is run again to its end, and everything is looked at once more, by `pincite doctor`'s
examination, too. Vectors come from hashed words, no model.

A migration brings the conversations, which hold the stored answers, from their first layout to today's, and
the book of record, whose layout is the first still, to a next one that is made up: tables made anew. A repair
begins with lost vectors, an overwritten head of the book, {pages} overwritten pages of it, or both halves
damaged; until it has come to its end the index may refuse to answer, saying so, and may lack documents whose
files are still to be read again, but what it answers must be right. A rebuild empties the index first: what
it has not read yet is *gone* as well.

{table}
*Wrong* counts documents or texts by half, citations resolved otherwise, vectors without a passage, entries
left in the journal, refusals by what was not damaged, and operations that could not be completed. After
completing, of the citations {completed}.
{missed:,} of {vectors:,} stored vectors were not reached by a search (see below); that happens without a
kill, too.
"""
CORRUPTION = """\
The sample corpus with the models it comes with. A page of 4,096 bytes is overwritten at random, a folder is
lost, or another index' is put in its place. `pincite doctor` must find it, `pincite doctor --repair PATH…`
must set it right, and eight questions must be answered as before, claim by claim and citation by citation.
*Harmless* is damage to space that nothing stood in. *Silently other answers* counts what was answered
otherwise before the repair, without a word.

{table}"""
MACHINES = """\
Disks are small ones that are mounted and filled, handles are taken by `prlimit` and by clients that only
hold connections, the clock is turned by libfaketime. Each case ends with the machine mended, and everything
must work again: *wrong* counts that, too, and tracebacks, advice to move or repair what is whole, and
whatever was done by half. Where the clock is turned, libfaketime may let a `sleep` fail (EINVAL) that no
clock lets fail; that is counted as wrong all the same.

{table}"""
FILES = """\
Whole files with one to four things done to them: bytes changed, cut, dropped, repeated up to 1.5 MB,
spliced; tokens of the format where they do not belong, nested up to 30,000 deep; parts and elements of Word
archives, objects of PDF files. Each is loaded and cut into sentences in a process of its own with
{megabytes:,.0f} MB of address space and {seconds:.0f} seconds. A document or a reason must come out: no
crash, nothing raised, no folder of the machine named, and every document's sentences must leave nothing out
but white space.

{table}"""
SOAK = """\
One `pincite serve` over the sample corpus for {minutes:.0f} minutes{cut}, with its own models,
{arenas}.{pace}
Something is asked every two seconds, a file is uploaded in place of an earlier one each minute, one is
deleted every ten, all are read again every twenty. The first {warm_up} minutes count as warm-up. Slopes are
least squares; their intervals come from a bootstrap of blocks of ten minutes.

* What went as it should: {done}.
* What did not: {wrong}.
* Warnings and errors in the server's log: {logged}.

{table}
{grown}
In the last {late:.0f} minutes resident memory changed by {per_hour:+.1f} MB an hour
({low:+.1f} to {high:+.1f}).
"""
NAMES = {
    "resident_mb": "resident, MB",
    "handles": "handles",
    "threads": "threads",
    "folder_mb": "index folder, MB",
}


def _table(names: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    head = f"| {' | '.join(names)} |\n|---|{'---:|' * (len(names) - 1)}\n"
    return head + "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _kills(figures: Figures) -> str:
    whole = figures["all"]
    states, verdicts = ("before", "between", "after", "refused"), ("exact", "moved", "stale", "gone")
    rows = (
        (
            name,
            each["kills"],
            *(each["left"].get(state, 0) for state in states),
            *(each["verdicts"].get(verdict, 0) for verdict in verdicts),
            len(each["faults"]) + len(each["faults after completing"]),
        )
        for name, each in figures.items()
    )
    names = ("operation", "kills", "as before", "between", "done", "refused", *verdicts, "wrong")
    completed = whole["verdicts after completing"]
    return KILLS.format(
        clock=whole["by the clock"],
        calls=whole["kills"] - whole["by the clock"],
        pages=PAGES,
        missed=whole["vectors not reached"],
        vectors=whole["vectors looked for"],
        completed=", ".join(f"{completed.get(verdict, 0):,} were {verdict}" for verdict in verdicts),
        table=_table(names, rows),
    )


def _corruption(figures: Figures) -> str:
    counted = (
        "damaged",
        "nothing was there",
        "found",
        "sound afterwards",
        "same answers afterwards",
        "silently another answer",
    )
    rows = ((part, *(each[name] for name in counted)) for part, each in figures.items())
    names = ("damaged", "times", "harmless", "found", "repaired", "same answers", "silently other answers")
    return CORRUPTION.format(table=_table(names, rows))


def _machines(figures: Figures) -> str:
    rows = ((case["name"], case["went"], _refusals(case), len(case["faults"])) for case in figures)
    names = ("machine", "as it should", "refused, saying why and what to do", "wrong")
    return MACHINES.format(table=_table(names, rows))


def _refusals(case: Figures) -> int:
    if "readers" in case["name"]:
        return int(case["told"]["told that another writes"])
    return len(case["told"])


def _files(figures: Figures) -> str:
    rows = (
        (
            kind,
            each["files"],
            each["read"],
            each["refused"],
            len(each["faults"]),
            f"{each['median seconds']:.4f}",
            each["slowest"],
            each["most megabytes"],
        )
        for kind, each in figures.items()
    )
    names = ("format", "files", "read", "refused", "died, hung or raised", "median s", "slowest s", "most MB")
    limits = next(iter(figures.values()))["limits"]
    return FILES.format(table=_table(names, rows), **limits)


def _soak(figures: Figures) -> str:
    rows = (
        (
            NAMES[name],
            each["first"],
            each["last"],
            each["most"],
            f"{each['per_hour']:+.2f}",
            f"{each['low']:+.2f} to {each['high']:+.2f}",
        )
        for name, each in figures["slopes"].items()
    )
    names = ("", "after the warm-up", "at the end", "most", "change an hour", "95 % interval")
    return SOAK.format(
        minutes=figures["minutes"],
        pace=_pace(figures.get("pace", 1.0)),
        cut="" if figures["is_over"] else ", when it was broken off",
        arenas=_arenas(figures.get("arenas")),
        warm_up=figures["warm_up"],
        done=", ".join(f"{name} {number:,}" for name, number in sorted(figures["done"].items())),
        wrong=_listed(figures["wrong"]),
        logged=_listed(figures["logged"]),
        grown=_grown(figures["slopes"]),
        **_late(figures["samples"]),
        table=_table(names, rows),
    )


def _pace(pace: float) -> str:
    return (
        ""
        if pace == 1
        else f"\nAll of it came {pace:g} times as fast: minutes are such of load, not of the clock."
    )


def _arenas(setting: str | None) -> str:
    if setting is None:
        return "without `MALLOC_ARENA_MAX`, which the container image and the systemd unit set to 1"
    told = f"with `MALLOC_ARENA_MAX={setting}`"
    return f"{told}, as the container image and the systemd unit have it" if setting == "1" else told


def _grown(slopes: Figures) -> str:
    """What the intervals say of each thing watched."""
    growing = [NAMES[name].removesuffix(", MB") for name, each in slopes.items() if each["low"] > 0]
    steady = [NAMES[name].removesuffix(", MB") for name, each in slopes.items() if each["low"] <= 0]
    told = [f"Grown, by intervals above nothing: {', '.join(growing)}."] if growing else []
    told += [f"Not shown to grow: {', '.join(steady)}."] if steady else []
    return " ".join(told)


def _listed(counted: dict[str, int]) -> str:
    """Each thing with how often it was; `nothing` if there was none."""
    told = (f"{number} × `{said.splitlines()[0].replace('`', '')}`" for said, number in counted.items())
    return "; ".join(told) or "nothing"


def _late(samples: list[dict[str, float]]) -> dict[str, float]:
    """How resident memory changed in the second half."""
    last = samples[len(samples) // 2 :]
    slope = slope_of([each["minute"] for each in last], [each["resident_mb"] for each in last])
    minutes = last[-1]["minute"] - last[0]["minute"]
    return {"late": minutes, "per_hour": slope.per_hour, "low": slope.low, "high": slope.high}


SECTIONS = {
    "kills": Section("Killed at random moments", _kills),
    "corruption": Section("Damaged on disk", _corruption),
    "machines": Section("Bad machines", _machines),
    "files": Section("Damaged files", _files),
    "soak": Section("The soak", _soak),
}
