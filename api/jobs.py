"""Ingests that run behind the HTTP door: one at a time, a bounded queue, their progress to be asked for."""

import logging
import queue
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from api.at_hand import begin, request_id
from api.errors import JobNotFound, QueueFull
from api.messages import IngestObject, JobObject, JobState, ProgressObject
from api.problems import Problem, problem_of
from api.reading_process import ReadingStopped
from api.reports import distant_ingest_object
from ingest.build import IngestReport, Progress, Watch

logger = logging.getLogger("pincite")

KEPT = 200  # jobs that are remembered
NOTHING_YET = ProgressObject(done=0, total=0, document="", passages=0)
STOP_SECONDS = 10.0  # how long a stopping server waits for an ingest to notice


@dataclass(frozen=True, slots=True)
class Job:
    """One ingest of uploaded files.

    Attributes:
        arguments: what is read, as `Builder.ingest` takes it.
        prune: whether documents whose files are gone are dropped.
        request: id of the request that asked for it, for the log; "" if none did.
    """

    id: str
    arguments: tuple[str, ...]
    prune: bool
    request: str = ""
    state: JobState = "queued"
    progress: ProgressObject = NOTHING_YET
    report: IngestObject | None = None
    problem: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed")

    def failed(self, problem: Problem) -> "Job":
        """The same, gone wrong."""
        return replace(self, state="failed", problem=problem)


class Board(Protocol):
    """Where other servers read of our jobs, and we of theirs."""

    def note(self, job: Job) -> None:
        """Tells of a job."""

    def live(self) -> None:
        """Gives a sign of life; to be called often."""

    def find(self, job_id: str) -> Job | None:
        """A job of any server."""


class NoBoard:
    """There are no other servers."""

    def note(self, job: Job) -> None:
        """Tells nobody."""

    def live(self) -> None:
        """Tells nobody."""

    def find(self, job_id: str) -> Job | None:  # noqa: ARG002 - nobody has any
        """Finds nothing."""
        return None


Run = Callable[[Job, Watch, Callable[[], bool]], IngestReport]


class Jobs:
    """Runs ingests one after the other: a thread waits for each, which has a process of its own.

    Args:
        run: ingests the arguments of a job.
        waiting: jobs that may wait.
        board: what other servers are told by.
    """

    def __init__(self, run: Run, waiting: int, board: Board | None = None) -> None:
        self._ingest = run
        self._board = board or NoBoard()
        self._queue: queue.Queue[str] = queue.Queue(waiting)
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)

    def start(self) -> None:
        """Begins to work."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the job at hand where it can be ended, and the others before they begin."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def submit(self, arguments: Sequence[str], *, prune: bool = False) -> Job:
        """Puts an ingest at the end of the queue.

        Raises:
            QueueFull: if there is no room.
        """
        job = Job(secrets.token_hex(8), tuple(arguments), prune, request_id())
        with self._lock:
            self.check_room()  # only this method puts in, and one at a time
            self._jobs[job.id] = job
            self._queue.put_nowait(job.id)
            self._forget_oldest()
        self._board.note(job)
        return job

    def get(self, job_id: str) -> Job:
        """A job as it is now.

        Raises:
            JobNotFound: if there is none of that id, or it was over long ago.
        """
        with self._lock:
            if job_id in self._jobs:
                return self._jobs[job_id]
        if job := self._board.find(job_id):
            return job
        raise JobNotFound(f"no job {job_id[:40]!r}: only the last {KEPT} are remembered")

    def check_room(self) -> None:
        """Makes sure that a job can be put in the queue.

        Raises:
            QueueFull: if there is no room.
        """
        if not self.has_room():
            raise QueueFull(f"{self._queue.maxsize} uploads are waiting already: try again in a while")

    def has_room(self) -> bool:
        """Whether a job can be put in the queue."""
        return not self._queue.full()

    def waiting(self) -> int:
        """How many wait."""
        return self._queue.qsize()

    def is_idle(self) -> bool:
        """Whether no job waits or runs."""
        with self._lock:
            return all(job.is_over for job in self._jobs.values())

    def _forget_oldest(self) -> None:
        over = [job.id for job in self._jobs.values() if job.is_over]
        for job_id in over[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[job_id]

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                job_id = self._queue.get(timeout=0.2)
            except queue.Empty:
                continue
            self._run(self.get(job_id))

    def _run(self, job: Job) -> None:
        place = f"/v1/jobs/{job.id}"
        begin(job.request)
        self._note(replace(job, state="running"))
        try:
            report = self._ingest(job, lambda progress: self._watch(job.id, progress), self._is_stopping)
        except ReadingStopped:
            logger.info("%s stopped: its files are read at the next start", place)
        except Exception as error:  # a door: the thread must live on, and whoever waits must be told
            problem = problem_of(error, place)
            if problem.is_plain:
                logger.exception("%s failed", place)
            else:
                logger.warning("%s failed: %s", place, problem.title)
            self._note(self.get(job.id).failed(problem))
        else:
            told = distant_ingest_object(report)
            logger.info("%s done", place, extra={"fields": told.model_dump(exclude={"skipped"})})
            self._note(replace(self.get(job.id), state="done", report=told))

    def _watch(self, job_id: str, progress: Progress) -> None:
        told = ProgressObject(
            done=progress.files,
            total=progress.files_found,
            document=progress.current if progress.files < progress.files_found else "",
            passages=progress.passages,
        )
        self._note(replace(self.get(job_id), progress=told))

    def _is_stopping(self) -> bool:
        self._board.live()
        return self._stopping.is_set()

    def _note(self, job: Job) -> None:
        with self._lock:
            self._jobs[job.id] = job
        self._board.note(job)


def job_object(job: Job) -> JobObject:
    """A job for the wire."""
    return JobObject(
        job=job.id, state=job.state, progress=job.progress, report=job.report, problem=job.problem
    )
