"""Writes docs/reliability.md from the figures of the campaigns that were run."""

import json

from benchmarks.survival.recording import ROOT, Order
from benchmarks.survival.sections import SECTIONS, Figures

PAGE = ROOT / "docs/reliability.md"
HEADING = "## "

INTRODUCTION = """\
# Reliability

What was done to it, how often, and what was lost. Written by `make survive`, which runs the campaigns of
`benchmarks/survival/` one after the other; each can be run alone by the command that stands with it, and
draws everything from its seed. Where nothing else is said, documents are made up, so that it is known what
must become of each, and the machine was two shared cores of a Xeon at 2.3 GHz with 24 GB, busy with other
work, so that seconds are no measure of speed.
"""
NOTES = """\
## What it does not do

* On a disk without any room a server answers nothing: each question opens the book of record, which needs
  some 32 KB for a moment. It says so, and answers again when there is room, without a restart. The same goes
  for an index folder that was mounted read-only: SQLite's log and Chroma want to write where they are read.
* Vectors are searched by a graph of neighbours, which leads to nearly all that is there, not to all: those
  that were stored and that no search led to are counted above. Their passages are found by their words.
* Chroma keeps the room of vectors that were replaced or removed, with zeros in it. Once most of it is such,
  and of more than a thousand, vectors are written anew; until then the index folder grows by it.
* A killed repair may leave an index that answers from the documents it has brought back already; where the
  damaged book told, `pincite doctor` says which files are still to be read again.
* A power cut may lose the last transactions of an ingest, which the next one makes up for. Power was not
  cut here; processes were killed.
* A clock that jumps forward by more than `conversations.max_days` makes conversations too old, and they are
  deleted.
"""


def run(order: Order) -> None:
    """Writes the page; the section of a campaign without figures stays as it stands there."""
    page = written(PAGE.read_text(encoding="utf-8"), {name: _read(order, name) for name in SECTIONS})
    PAGE.write_text(page, encoding="utf-8")
    print(f"wrote {PAGE}")


def written(before: str, figures: dict[str, Figures | None]) -> str:
    """The page with these figures by campaign; where there are none, with the section it had before.

    Raises:
        SystemExit: if there are neither.
    """
    standing = _standing(before)
    sections = []
    for name, section in SECTIONS.items():
        kept = figures[name]
        told = standing.get(section.title) if kept is None else section.told(kept)
        if told is None:
            raise SystemExit(f"{name} was not run, and the page has no section {section.title!r}: run it")
        sections.append(told)
    return "\n".join([INTRODUCTION, *sections, NOTES]).rstrip() + "\n"


def _standing(page: str) -> dict[str, str]:
    """Sections of a page by their titles."""
    parts = page.split("\n" + HEADING)[1:]
    return {part.partition("\n")[0]: HEADING + part.rstrip() + "\n" for part in parts}


def _read(order: Order, name: str) -> Figures | None:
    file = order.out / f"{name}.json"
    if not file.is_file():
        return None
    kept: Figures = json.loads(file.read_text(encoding="utf-8"))
    return kept
