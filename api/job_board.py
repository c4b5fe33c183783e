"""Jobs as other servers see them: whoever is asked for one can tell, though another server runs it."""

import logging
import secrets
import time

from api.errors import ServerGone
from api.jobs import Job, job_object
from api.messages import JobObject
from api.problems import problem_of
from api.shared import SharedTables
from ingest.errors import IngestError

logger = logging.getLogger("pincite")

PROGRESS_SECONDS = 1.0  # between two notes of the same state
LIFE_SECONDS = 5.0  # between two signs of life
GONE_SECONDS = 30.0  # without one: the server was killed


class JobBoard:
    """Keeps what there is to tell of this server's jobs where all servers read it."""

    def __init__(self, tables: SharedTables) -> None:
        self._tables = tables
        self._server = secrets.token_hex(8)
        self._noted: dict[str, tuple[str, float]] = {}
        self._lived = 0.0

    def note(self, job: Job) -> None:
        """Tells of a job, if there is enough news. A database that is away keeps nobody from working."""
        now = time.monotonic()
        state, since = self._noted.get(job.id, ("", 0.0))
        if state == job.state and now < since + PROGRESS_SECONDS:
            return
        self._noted[job.id] = (job.state, now)
        if job.is_over:
            del self._noted[job.id]
        told = job_object(job).model_dump_json()
        try:
            self._tables.note_job(job.id, self._server, told, is_over=job.is_over)
        except IngestError as error:
            logger.warning("other servers are not told of job %s: %s", job.id, error)

    def live(self) -> None:
        """Gives a sign of life; to be called often."""
        now = time.monotonic()
        if not self._noted or now < self._lived + LIFE_SECONDS:
            return
        self._lived = now
        try:
            self._tables.note_life(self._server)
        except IngestError as error:
            logger.warning("other servers are given no sign of life: %s", error)

    def find(self, job_id: str) -> Job | None:
        """A job of any server; one that was left by a server that was killed has failed.

        Raises:
            IngestError: if the database cannot be read.
        """
        found = self._tables.job(job_id)
        if found is None:
            return None
        told, age = found
        kept = JobObject.model_validate_json(told)
        job = Job(kept.job, (), False, "", kept.state, kept.progress, kept.report, kept.problem)
        if job.is_over or age < GONE_SECONDS:
            return job
        gone = ServerGone(
            "the server that read these files is gone: send them again, or have all read again with"
            " POST /v1/documents/reindex"
        )
        return job.failed(problem_of(gone, f"/v1/jobs/{job_id}"))
