"""Writes docs/reliability.md from the figures of the campaigns that were run."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.survival.recording import ROOT, Order
from benchmarks.survival.slopes import slope_of

PAGE = ROOT / "docs/reliability.md"
Figures = dict[str, Any]

INTRODUCTION = """\
# Reliability

What was done to it, how often, and what was lost. Written by `make survive`, which runs the campaigns of
`benchmarks/survival/` one after the other; each can be run alone by the command that stands with it, and
draws everything from its seed. Where nothing else is said, documents are made up, so that it is known what
must become of each, and the machine was two shared cores of a Xeon at 2.3 GHz with 24 GB, busy with other
work, so that seconds are no measure of speed.
"""
KILLS = """\
A process that changes an index, real SQLite and real Chroma, is killed by SIGKILL: {clock} times by the
clock, {calls} times at a call drawn from all its calls into our code. Then the index is opened: everything
live must be whole in every part of it (text, sentences, words, vectors), and a citation of each of 1,000
sentences, saved before, must be resolved exactly as the text that is live in its place demands. Then the
same operation is run again to its end, and everything is looked at once more. Vectors come from hashed
words, no model.

{table}
*Wrong* counts documents or texts by half, citations resolved otherwise, vectors without a passage, entries
left in the journal, and operations that could not be completed. {missed:,} of {vectors:,} stored vectors
were not reached by a search (see below); that happens without a kill, too.
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
One `pincite serve` over the sample corpus for {minutes:.0f} minutes, with its own models: something is
asked every two seconds, a file is uploaded in place of an earlier one each minute, one is deleted every
ten, all are read again every twenty. The first {warm_up} minutes count as warm-up. Slopes are least squares;
their intervals come from a bootstrap of blocks of ten minutes.

* What went as it should: {done}.
* What did not: {wrong}.
* Warnings and errors in the server's log: {logged}.

{table}
Memory and folder grow. In the last {late:.0f} minutes resident memory changed by {per_hour:+.1f} MB an
hour ({low:+.1f} to {high:+.1f}); nearly half of it stood in the arenas that glibc keeps for threads. With
`MALLOC_ARENA_MAX=1`, which the container and the systemd unit set since, it went from 491 MB after the first
minute to 506 after thirty (+18 an hour after the warm-up; 1,090 actions of today's code, none wrong).
The folder grows by what Chroma keeps of replaced vectors; `pincite ingest --rebuild` gives that back. The
long run was of the code before what the others found was mended; whoever finds fewer vectors than
passages looks since then whether the index has changed meanwhile, before it calls that damage.
"""
NOTES = """\
## What it does not do

* On a disk without any room a server answers nothing: each question opens the book of record, which needs
  some 32 KB for a moment. It says so, and answers again when there is room, without a restart. The same goes
  for an index folder that was mounted read-only: SQLite's log and Chroma want to write where they are read.
* Vectors are searched by a graph of neighbours, which leads to nearly all that is there, not to all: those
  that were stored and that no search led to are counted above. Their passages are found by their words.
* A power cut may lose the last transactions of an ingest, which the next one makes up for. Power was not
  cut here; processes were killed.
* A clock that jumps forward by more than `conversations.max_days` makes conversations too old, and they are
  deleted.
"""


def run(order: Order) -> None:
    """Writes the page; what was not run is left out, and named."""
    there = [name for name in SECTIONS if (order.out / f"{name}.json").is_file()]
    sections = [SECTIONS[name](_read(order, name)) for name in there]
    missing = [name for name in SECTIONS if name not in there]
    told = f"Not run: {', '.join(missing)}.\n" if missing else ""
    PAGE.write_text("\n".join([INTRODUCTION, *sections, NOTES, told]).rstrip() + "\n", encoding="utf-8")
    print(f"wrote {PAGE}")


def _read(order: Order, name: str) -> Figures:
    kept: Figures = json.loads((order.out / f"{name}.json").read_text(encoding="utf-8"))
    return kept


def _section(title: str, kept: Figures, told: str) -> str:
    return f"## {title}\n\n`{kept['command']}`, {kept['taken']}.\n\n{told}"


def _table(names: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    head = f"| {' | '.join(names)} |\n|---|{'---:|' * (len(names) - 1)}\n"
    return head + "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _kills(kept: Figures) -> str:
    whole = kept["figures"]["all"]
    states, verdicts = ("before", "between", "after"), ("exact", "moved", "stale", "gone")
    rows = (
        (
            name,
            each["kills"],
            *(each["left"].get(state, 0) for state in states),
            *(each["verdicts"].get(verdict, 0) for verdict in verdicts),
            len(each["faults"]) + len(each["faults after completing"]),
        )
        for name, each in kept["figures"].items()
    )
    told = KILLS.format(
        clock=whole["by the clock"],
        calls=whole["kills"] - whole["by the clock"],
        missed=whole["vectors not reached"],
        vectors=whole["vectors looked for"],
        table=_table(("operation", "kills", "as before", "between", "done", *verdicts, "wrong"), rows),
    )
    return _section("Killed at random moments", kept, told)


def _corruption(kept: Figures) -> str:
    counted = (
        "damaged",
        "nothing was there",
        "found",
        "sound afterwards",
        "same answers afterwards",
        "silently another answer",
    )
    rows = ((part, *(each[name] for name in counted)) for part, each in kept["figures"].items())
    names = ("damaged", "times", "harmless", "found", "repaired", "same answers", "silently other answers")
    return _section("Damaged on disk", kept, CORRUPTION.format(table=_table(names, rows)))


def _machines(kept: Figures) -> str:
    rows = ((case["name"], case["went"], _refusals(case), len(case["faults"])) for case in kept["figures"])
    table = _table(("machine", "as it should", "refused, saying why and what to do", "wrong"), rows)
    return _section("Bad machines", kept, MACHINES.format(table=table))


def _refusals(case: Figures) -> int:
    if "readers" in case["name"]:
        return int(case["told"]["told that another writes"])
    return len(case["told"])


def _files(kept: Figures) -> str:
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
        for kind, each in kept["figures"].items()
    )
    names = ("format", "files", "read", "refused", "died, hung or raised", "median s", "slowest s", "most MB")
    limits = next(iter(kept["figures"].values()))["limits"]
    return _section("Damaged files", kept, FILES.format(table=_table(names, rows), **limits))


def _soak(kept: Figures) -> str:
    figures = kept["figures"]
    rows = (
        (
            name.replace("_mb", ", MB"),
            each["first"],
            each["last"],
            each["most"],
            f"{each['per_hour']:+.2f}",
            f"{each['low']:+.2f} to {each['high']:+.2f}",
        )
        for name, each in figures["slopes"].items()
    )
    names = ("", "after the warm-up", "at the end", "most", "change an hour", "95 % interval")
    told = SOAK.format(
        minutes=figures["minutes"],
        warm_up=figures["warm_up"],
        done=", ".join(f"{name} {number:,}" for name, number in sorted(figures["done"].items())),
        wrong=_listed(figures["wrong"]),
        logged=_listed(figures["logged"]),
        **_late(figures["samples"]),
        table=_table(names, rows),
    )
    return _section("The soak", kept, told)


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


SECTIONS: dict[str, Callable[[Figures], str]] = {
    "kills": _kills,
    "corruption": _corruption,
    "machines": _machines,
    "files": _files,
    "soak": _soak,
}
