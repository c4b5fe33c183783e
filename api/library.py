"""What is behind the routes that change documents: the folder of uploads and the ingests of its files."""

from collections.abc import Callable, Sequence

from api.jobs import Job, Jobs
from api.reading_process import Order, ingest_apart
from api.settings import Settings
from api.uploads import FOLDER, Upload, UploadFolder
from ingest.build import MEGABYTE, IngestReport, Watch
from ingest.errors import IndexBusy
from ingest.store import Store

MINUTE = 60.0


class Library:
    """Takes documents in and removes them."""

    def __init__(self, settings: Settings, store: Store) -> None:
        serve = settings.serve
        self._settings = settings
        self._store = store
        self.folder = UploadFolder(
            serve.uploads or settings.index / FOLDER, settings.ingest.max_file_mb * MEGABYTE
        )
        self.jobs = Jobs(self._ingest, serve.max_queued_jobs)

    def open(self) -> None:
        """Begins to work; what a killed server had taken in and not read is read now."""
        self.jobs.start()
        if self.folder.sweep():
            self.reindex()

    def close(self) -> None:
        """Ends what is going on."""
        self.jobs.stop()

    def take_in(self, uploads: Sequence[Upload]) -> Job:
        """Keeps files and has them ingested.

        Raises:
            IndexBusy: if another process is writing.
            QueueFull: if enough is waiting; then no file is kept.
            UploadRefused: naming each file that cannot be taken.
            UploadTooLarge: naming each file that is too large.
        """
        self._check_free()
        self.jobs.check_room()
        return self.jobs.submit(self.folder.keep(uploads))

    def reindex(self) -> Job:
        """Has all uploaded files read again; documents whose files are gone are dropped.

        Raises:
            IndexBusy: if another process is writing.
            QueueFull: if enough is waiting.
        """
        self._check_free()
        return self.jobs.submit([str(self.folder.path)] if self.folder.path.is_dir() else [], prune=True)

    def remove(self, document_id: str) -> None:
        """Drops a document, and its file if that was uploaded.

        Raises:
            DocumentNotFound: if there is none of that id.
            DocumentShared: if its uploaded file holds others, too.
            IndexBusy: if somebody is writing.
        """
        with self._store.reading() as live:
            live.document(document_id)
        with self._store.writing() as writing:
            file = self.folder.file_of(writing.live, document_id)
            if file is not None:
                file.unlink(missing_ok=True)  # first: should we be killed now, the next start drops the rest
            writing.remove([document_id])
        # Its vectors are nobody's now; the next ingest sweeps them, at the latest.
        if self.jobs.has_room():
            self.jobs.submit([])

    def _check_free(self) -> None:
        """Says at once what would otherwise come out in the job."""
        if self.jobs.is_idle() and self._store.is_being_written():
            raise IndexBusy("another process is writing to the index: try again when it is done")

    def _ingest(self, job: Job, watch: Watch, is_stopping: Callable[[], bool]) -> IngestReport:
        order = Order(self._settings, job.arguments, job.prune, job.request)
        seconds = self._settings.serve.max_job_minutes * MINUTE
        return ingest_apart(order, watch, is_stopping, seconds)
