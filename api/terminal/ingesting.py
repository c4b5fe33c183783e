"""`pincite ingest`, `pincite remove` and `pincite purge`."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.copies import copies_of
from api.errors import DocumentShared, Misuse
from api.layout import harmless
from api.listing import ingest_blocks
from api.reports import ingest_object
from api.settings import Settings, load_settings
from api.terminal.exits import ANSWERED, FAILED
from api.terminal.output import note, print_blocks, print_object
from api.uploads import upload_folder
from ingest.assembly import open_builder, open_cluster_reader, open_store, open_workers
from ingest.build import Progress as IngestProgress
from ingest.readers import FileReader

DEFAULT_FOLDER = Path("corpus")


def ingest(
    index: Path | None, paths: Sequence[str], ray: str | None, *, prune: bool, rebuild: bool, json: bool
) -> int:
    """Reads files into the index and reports.

    Args:
        index: folder of the index, if not that of the settings.
        paths: files, folders or globs.
        ray: address of a Ray cluster whose workers read, split and embed.
        prune: also drop documents whose files are gone.
        rebuild: drop the old index first.
        json: print the report as JSON.

    Raises:
        IngestError: if the index or the model cannot be used.
        Misuse: if there is nothing to ingest by default.
    """
    settings = load_settings({"index": index})
    arguments = list(paths) or [_default_folder()]
    with _reader(settings, ray) as reader, Bar() as bar:
        builder = open_builder(settings, copies_of(settings), reader)
        report = builder.ingest(arguments, watch=bar.watch, prune=prune, rebuild=rebuild)
    for skipped in report.skipped:
        note(f"skipped {skipped}")
    if report.erased is False or report.removed or report.replaced:
        _note_left(report.erased, settings)
    summary = ingest_object(report)
    if json:
        print_object(summary)
    else:
        print_blocks(ingest_blocks(summary, str(settings.index)))
    with open_store(settings).reading() as live:
        is_empty = not live.count_documents()
    return FAILED if is_empty and report.skipped else ANSWERED


def remove(index: Path | None, documents: Sequence[str]) -> int:
    """Drops documents from the index, with all that was made of them, and their files if they were uploaded.

    Raises:
        DocumentNotFound: if one of them is not there; then none is dropped.
        IngestError: if the index cannot be used.
        Misuse: if an uploaded file holds others, too.
    """
    settings = load_settings({"index": index})
    uploaded = _uploaded(settings, documents)
    erased = open_builder(settings, copies_of(settings)).remove(documents, uploaded)
    note(f"removed {', '.join(documents)}")
    _note_left(erased, settings)
    return ANSWERED


def purge(index: Path | None) -> int:
    """Deletes what removing left on disk.

    Raises:
        IngestError: if the index cannot be used.
    """
    settings = load_settings({"index": index})
    erased = open_builder(settings).purge()
    if erased:
        note("nothing is left on disk of removed documents")
    _note_left(erased, settings)
    return FAILED if erased is False else ANSWERED


def _uploaded(settings: Settings, documents: Sequence[str]) -> tuple[Path, ...]:
    folder = upload_folder(settings)
    try:
        with open_store(settings).reading() as live:
            files = [folder.file_of(live, document_id, documents) for document_id in documents]
    except DocumentShared as error:
        raise Misuse(str(error)) from error
    return tuple(file for file in files if file)


def _note_left(erased: bool | None, settings: Settings) -> None:
    if erased is False:
        note(
            "what was dropped is found no more, but somebody still reads it, so bytes of it are left on disk:"
            " run `pincite purge` in a while"
        )
    elif erased is None:
        database = "of the database until it is vacuumed (VACUUM FULL)" if settings.storage.book else ""
        server = "of the Chroma server (`chroma vacuum` empties its log)" if settings.storage.vectors else ""
        places = ", and in those ".join(filter(None, (database, server)))
        note(
            f"what was dropped is found no more; bytes of it stay in the files {places}: see docs/privacy.md"
        )


def _default_folder() -> str:
    if not DEFAULT_FOLDER.is_dir():
        raise Misuse("nothing to ingest: name files or folders, as in `pincite ingest notes/`")
    return str(DEFAULT_FOLDER)


@contextmanager
def _reader(settings: Settings, ray: str | None) -> Iterator[FileReader | None]:
    """What reads files: workers at that address, or nobody in particular."""
    if ray is None:
        yield None
        return
    note(f"connecting to Ray ({ray})")
    if settings.ingest.vector_cache:
        note("ingest.vector_cache is not used with --ray: what other machines kept would outlive its removal")
    with open_workers(settings, ray) as workers:
        note(f"{workers.cores} cores of Ray read, split and embed; documents are stored here")
        yield open_cluster_reader(settings, workers)
        if workers.repeated:
            note(f"workers or machines were lost on the way: {workers.repeated} orders were given again")


class Bar:
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

    def __enter__(self) -> "Bar":
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
