"""What is behind the routes that change documents: the folder of uploads and the ingests of its files."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from api.copies import copies_of
from api.errors import UploadsElsewhere
from api.jobs import Board, Job, Jobs
from api.reading_process import Order, ReadingStopped, ingest_apart
from api.settings import Settings
from api.sharing import open_board, open_shared
from api.uploads import MARK, Upload, upload_folder
from ingest.build import IngestReport, Watch
from ingest.errors import IndexBusy
from ingest.storage import check_standing
from ingest.store import Store

MINUTE = 60.0
UPLOADS = "uploads"  # what servers agree on
LOOK_SECONDS = 0.5  # between two looks whether the index is free
COMING_IN_SECONDS = 600.0  # what was begun so long ago no other server will go on with


class Library:
    """Takes documents in and removes them."""

    def __init__(self, settings: Settings, store: Store) -> None:
        serve = settings.serve
        self._settings = settings
        self._store = store
        self._shared = open_shared(settings)
        self.folder = upload_folder(settings)
        board: Board | None = open_board(self._shared)
        self.jobs = Jobs(self._ingest, serve.max_queued_jobs, board)

    def open(self) -> None:
        """Begins to work; what a killed server had taken in and not read is read now.

        Raises:
            IndexBusy: if another process is writing.
            UploadsElsewhere: if other servers keep uploads in another folder.
        """
        self.jobs.start()
        if self.folder.sweep(COMING_IN_SECONDS if self._shared else 0):
            self.reindex()
        elif self._unpurged():
            self.jobs.submit([])

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
            UploadsElsewhere: if other servers keep uploads in another folder.
        """
        self._check_free()
        self._check_folder()
        self.jobs.check_room()
        return self.jobs.submit(self.folder.keep(uploads))

    def reindex(self) -> Job:
        """Has all uploaded files read again; documents whose files are gone are dropped.

        Raises:
            IndexBusy: if another process is writing.
            QueueFull: if enough is waiting.
            UploadsElsewhere: if other servers keep uploads in another folder.
        """
        self._check_free()
        self._check_folder()
        return self.jobs.submit([str(self.folder.path)] if self.folder.path.is_dir() else [], prune=True)

    def remove(self, document_id: str) -> None:
        """Drops a document, and its file if that was uploaded.

        Raises:
            DocumentNotFound: if there is none of that id.
            DocumentShared: if its uploaded file holds others, too.
            IndexBusy: if somebody is writing.
            UploadsElsewhere: if other servers keep uploads in another folder.
        """
        with self._store.reading() as live:
            live.document(document_id)
        with self._store.writing(copies_of(self._settings)) as writing:
            self._check_place(writing.live.origin_of(document_id))
            file = self.folder.file_of(writing.live, document_id)
            if file is not None:
                file.unlink(missing_ok=True)  # first: should we be killed now, the next start drops the rest
            writing.remove([document_id])
        # What is left of it on disk, its vectors above all, is purged by this job or one that waits already.
        if not self.jobs.waiting():
            self.jobs.submit([])

    def _unpurged(self) -> int:
        if not self._store.exists():
            return 0
        with self._store.reading() as live:
            return live.unpurged()

    def _check_free(self) -> None:
        """Says at once what would otherwise hold up the job; where several servers write, they take turns."""
        check_standing(self._store.folder)
        if not self._shared and self.jobs.is_idle() and self._store.is_being_written():
            raise IndexBusy("another process is writing to the index: try again when it is done")

    def _check_folder(self) -> None:
        """Makes sure that what we keep, drop or miss here is so for all servers: files have one place."""
        if self._shared is None:
            return
        own = self.folder.mark()
        agreed = self._shared.agree(UPLOADS, own)
        if own != agreed:
            mark, _, path = agreed.partition(" ")
            raise UploadsElsewhere(
                f"{self.folder.path} is not the folder in which other servers over this database keep"
                f" uploads: share that folder at {path} on all machines, as serve.uploads. If it is lost, and"
                f" {path} is to take its place, write {mark} into {Path(path) / MARK}"
            )

    def _check_place(self, origin: str | None) -> None:
        """Makes sure that an uploaded file can be deleted: another server would read it again one day."""
        agreed = self._shared.agreed(UPLOADS) if self._shared else None
        if origin and agreed and Path(origin).parent == Path(agreed.partition(" ")[2]):
            self._check_folder()

    def _ingest(self, job: Job, watch: Watch, is_stopping: Callable[[], bool]) -> IngestReport:
        """Ingests once nobody else writes."""
        order = Order(self._settings, job.arguments, job.prune, job.request)
        report = self._ingest_in_turn(order, watch, is_stopping)
        if report.erased is False and self.jobs.has_room():
            self.jobs.submit([])  # somebody still reads what was dropped: tried again, until nobody does
        return report

    def _ingest_in_turn(self, order: Order, watch: Watch, is_stopping: Callable[[], bool]) -> IngestReport:
        deadline = time.monotonic() + self._settings.serve.max_job_minutes * MINUTE
        while True:
            try:
                return ingest_apart(order, watch, is_stopping, deadline - time.monotonic())
            except IndexBusy:
                if time.monotonic() > deadline:
                    raise
            while self._store.is_being_written() and time.monotonic() < deadline:
                if is_stopping():
                    raise ReadingStopped
                time.sleep(LOOK_SECONDS)
