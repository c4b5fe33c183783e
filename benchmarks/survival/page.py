"""Writes docs/reliability.md from the figures of the campaigns that were run."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.survival.recording import ROOT, Order

PAGE = ROOT / "docs/reliability.md"
Figures = dict[str, Any]

INTRODUCTION = """\
# Reliability

What was done to it, how often, and what was lost. Written by `make survive`, which runs the campaigns of
`benchmarks/survival/` one after the other; each can be run alone by the command that stands with it, and draws
everything from its seed. Where nothing else is said, the documents are made up, so that it is known what must become
of each, and the machine was two shared cores of a Xeon at 2.3 GHz with 24 GB, busy with other work.
"""

NOTES = """\
## What it does not do

* On a disk without any room a server answers nothing: each question opens the book of record, which needs some 32 KB
  for a moment. It says so, and answers again when there is room, without a restart. The same goes for an index folder
  that was mounted read-only: SQLite's log and Chroma both want to write where they are read.
* The vectors are searched by a graph of neighbours, which finds nearly all that is there, not all: the page counts
  those that were stored and that no search led to. The lexical half of a search finds their passages still.
* A power cut may lose the last transactions of an ingest, which the next one makes up for. Power was not cut here;
  processes were killed.
* A clock that jumps forward by more than `conversations.max_days` makes conversations too old, and they are deleted.
"""


def run(order: Order) -> None:
    """Writes the page; what was not run is left out, and named."""
    sections = [section(_read(order, name)) for name, section in SECTIONS.items() if _has(order, name)]
    missing = [name for name in SECTIONS if not _has(order, name)]
    told = f"Not run: {', '.join(missing)}.\n" if missing else ""
    PAGE.write_text("\n".join([INTRODUCTION, *sections, NOTES, told]).rstrip() + "\n", encoding="utf-8")
    print(f"wrote {PAGE}")


def _has(order: Order, name: str) -> bool:
    return (order.out / f"{name}.json").is_file()


def _read(order: Order, name: str) -> Figures:
    kept: Figures = json.loads((order.out / f"{name}.json").read_text(encoding="utf-8"))
    return kept


def _head(title: str, kept: Figures) -> str:
    return f"## {title}\n\n`{kept['command']}`, {kept['taken']}.\n"


def _table(names: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    head = f"| {' | '.join(names)} |\n|---|{'---:|' * (len(names) - 1)}\n"
    return head + "".join(f"| {' | '.join(map(_cell, row))} |\n" for row in rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _kills(kept: Figures) -> str:
    figures = kept["figures"]
    whole = figures["all"]
    rows = (
        (name, each["kills"], *(each["left"].get(state, 0) for state in ("before", "between", "after")),
         *(each["verdicts"].get(verdict, 0) for verdict in ("exact", "moved", "stale", "gone")),
         len(each["faults"]) + len(each["faults after completing"]))
        for name, each in figures.items()
    )  # fmt: skip
    names = ("operation", "kills", "as before", "between", "done", "exact", "moved", "stale", "gone", "wrong")
    return f"""{_head("Killed at random moments", kept)}
A process that changes an index, real SQLite and real Chroma, is killed by SIGKILL: {whole['by the clock']} times by the
clock, {whole['kills'] - whole['by the clock']} times at a call drawn from all its calls into our code. Then the index is
opened: everything live must be whole in every part of it (text, sentences, words, vectors), and a citation of each of
1,000 sentences, saved before, must be resolved exactly as the text that is live in its place demands. Then the same
operation is run again to its end, and everything is looked at once more. Vectors come from hashed words, no model.

{_table(names, rows)}
*Wrong* counts documents or texts by half, citations resolved otherwise, vectors without a passage, entries left in the
journal, and operations that could not be completed. {whole['vectors not reached']:,} of {whole['vectors looked for']:,}
stored vectors were not reached by a search (see below); it is so without a kill, too.
"""


def _corruption(kept: Figures) -> str:
    figures = kept["figures"]
    names = ("damaged", "times", "harmless", "found", "repaired", "same answers", "silently other answers")
    rows = (
        (part, each["damaged"], each["nothing was there"], each["found"], each["sound afterwards"],
         each["same answers afterwards"], each["silently another answer"])
        for part, each in figures.items()
    )  # fmt: skip
    return f"""{_head("Damaged on disk", kept)}
The sample corpus with the models it comes with. A page of 4,096 bytes is overwritten at random, a folder is lost, or
another index' is put in its place. `pincite doctor` must find it, `pincite doctor --repair PATH…` must set it right,
and eight questions must be answered as before, claim by claim and citation by citation. *Harmless* is damage to space
that nothing stood in. *Silently other answers* counts what was answered otherwise, before the repair, without a word.

{_table(names, rows)}"""


def _machines(kept: Figures) -> str:
    def refused(case: Figures) -> int:
        return len(case["told"]) if "readers" not in case["name"] else int(case["told"]["told that another writes"])

    names = ("machine", "as it should", "refused, saying why and what to do", "wrong")
    rows = ((case["name"], case["went"], refused(case), len(case["faults"])) for case in kept["figures"])
    return f"""{_head("Bad machines", kept)}
Disks are small ones that are mounted and filled, handles are taken by `prlimit` and by clients that only hold
connections, the clock is turned by libfaketime. Each case ends with the machine mended, and everything must work again:
*wrong* counts that, too, and tracebacks, advice to move or repair what is whole, and whatever was done by half.

{_table(names, rows)}"""


def _files(kept: Figures) -> str:
    figures = kept["figures"]
    names = ("format", "files", "read", "refused", "died, hung or raised", "median s", "slowest s", "most MB")
    rows = (
        (kind, each["files"], each["read"], each["refused"], len(each["faults"]), f"{each['median seconds']:.4f}",
         each["slowest"], each["most megabytes"])
        for kind, each in figures.items()
    )  # fmt: skip
    limits = next(iter(figures.values()))["limits"]
    return f"""{_head("Damaged files", kept)}
Whole files with one to four things done to them: bytes changed, cut, dropped, repeated up to 1.5 MB, spliced; tokens of
the format where they do not belong, nested up to 30,000 deep; parts and elements of Word archives, objects of PDF files.
Each is loaded and cut into sentences in a process of its own with {limits['megabytes']:,.0f} MB of address space and
{limits['seconds']:.0f} seconds. A document or a reason must come out: no crash, nothing raised, no folder of the machine
named, and every document's sentences must leave nothing out but white space.

{_table(names, rows)}"""


def _soak(kept: Figures) -> str:
    figures = kept["figures"]
    names = ("", "after the warm-up", "at the end", "most", "change an hour", "95 % interval")
    rows = (
        (name.replace("_mb", ", MB"), each["first"], each["last"], each["most"], f"{each['per_hour']:+.2f}",
         f"{each['low']:+.2f} to {each['high']:+.2f}")
        for name, each in figures["slopes"].items()
    )  # fmt: skip
    done = ", ".join(f"{name} {number:,}" for name, number in sorted(figures["done"].items()))
    wrong = sum(figures["wrong"].values())
    return f"""{_head("The soak", kept)}
One `pincite serve` over the sample corpus for {figures['minutes']:.0f} minutes, with its own models: something is asked
every two seconds, a file is uploaded in place of an earlier one each minute, one is deleted every ten, all are read
again every twenty. The first {figures['warm_up']} minutes count as warm-up. Slopes are least squares; their intervals
come from a bootstrap of blocks of ten minutes. What went as it should: {done}. Wrong: {wrong}.
Warnings and errors in the server's log: {sum(figures['logged'].values())}.

{_table(names, rows)}"""


SECTIONS: dict[str, Callable[[Figures], str]] = {
    "kills": _kills,
    "corruption": _corruption,
    "machines": _machines,
    "files": _files,
    "soak": _soak,
}
