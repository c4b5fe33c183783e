"""`pincite ingest` and `pincite remove`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.errors import Misuse
from api.layout import harmless
from api.listing import ingest_blocks
from api.reports import ingest_object
from api.settings import load_settings
from api.terminal.exits import ANSWERED, FAILED
from api.terminal.output import note, print_blocks, print_object
from ingest.assembly import open_builder, open_store
from ingest.build import Progress as IngestProgress

DEFAULT_FOLDER = Path("corpus")


def ingest(index: Path | None, paths: Sequence[str], *, prune: bool, rebuild: bool, json: bool) -> int:
    """Reads files into the index and reports.

    Raises:
        IngestError: if the index or the model cannot be used.
        Misuse: if there is nothing to ingest by default.
    """
    settings = load_settings({"index": index})
    arguments = list(paths) or [_default_folder()]
    builder = open_builder(settings)
    with _Bar() as bar:
        report = builder.ingest(arguments, watch=bar.watch, prune=prune, rebuild=rebuild)
    for skipped in report.skipped:
        note(f"skipped {skipped}")
    summary = ingest_object(report)
    if json:
        print_object(summary)
    else:
        print_blocks(ingest_blocks(summary, str(settings.index)))
    with open_store(settings).reading() as live:
        is_empty = not live.counts()[0]
    return FAILED if is_empty and report.skipped else ANSWERED


def remove(index: Path | None, documents: Sequence[str]) -> int:
    """Drops documents from the index.

    Raises:
        DocumentNotFound: if one of them is not there; then none is dropped.
        IngestError: if the index cannot be used.
    """
    settings = load_settings({"index": index})
    open_builder(settings).remove(documents)
    note(f"removed {', '.join(documents)}")
    return ANSWERED


def _default_folder() -> str:
    if not DEFAULT_FOLDER.is_dir():
        raise Misuse("nothing to ingest: name files or folders, as in `pincite ingest notes/`")
    return str(DEFAULT_FOLDER)


class _Bar:
    """A progress bar on stderr while that is a terminal, and nothing where it is not."""

    def __init__(self) -> None:
        self._bar = Progress(
            TextColumn("{task.fields[file]}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[passages]} passages", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("ingest", total=None, file="", passages=0)

    def __enter__(self) -> "_Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def watch(self, progress: IngestProgress) -> None:
        """Draws how far the ingest has come."""
        self._bar.update(
            self._task,
            completed=progress.files,
            total=progress.files_found,
            file=harmless(progress.current),
            passages=progress.passages,
        )
