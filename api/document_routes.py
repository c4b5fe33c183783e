"""The routes that change documents, and those that tell how far a change has come."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Path, UploadFile
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.jobs import Job, Jobs, job_object
from api.library import Library
from api.messages import JobDoneObject, JobObject, JobStartedObject
from api.problems import problems
from api.settings import ServeSettings
from api.uploads import Upload

LOOK_SECONDS = 0.1  # between two looks at a job

DocumentId = Annotated[str, Path(alias="id", description="Id of the document, slashes included.")]
JobId = Annotated[str, Path(alias="id", description="Id of the job.")]


def build_document_router(library: Library, settings: ServeSettings) -> APIRouter:
    """All routes over one library."""
    router = APIRouter(tags=["documents"])
    _add_changing(router, library, settings)
    _add_jobs(router, library.jobs)
    return router


def _add_changing(router: APIRouter, library: Library, settings: ServeSettings) -> None:
    @router.post(
        "/v1/documents",
        status_code=HTTPStatus.ACCEPTED,
        responses=problems(400, 413, 422, 503),
        form_limits={"max_files": settings.max_upload_files, "max_fields": 0},
    )
    def upload_documents(files: list[UploadFile]) -> JobStartedObject:
        """Takes files in, all or none, and begins to read them.

        A file of the same name replaces the earlier one.
        """
        uploads = [Upload(file.filename or "", file.size or 0, file.file) for file in files]
        return JobStartedObject(job=library.take_in(uploads).id)

    @router.post("/v1/documents/reindex", status_code=HTTPStatus.ACCEPTED, responses=problems(413, 422, 503))
    def reindex_documents() -> JobStartedObject:
        """Begins to read all uploaded files again; needed after `pincite ingest --rebuild`."""
        return JobStartedObject(job=library.reindex().id)

    @router.delete(
        "/v1/documents/{id:path}",
        status_code=HTTPStatus.NO_CONTENT,
        responses=problems(404, 409, 413, 422, 503),
    )
    def delete_document(document_id: DocumentId) -> None:
        """Removes a document from the index and, if it was uploaded, its file."""
        library.remove(document_id)


def _add_jobs(router: APIRouter, jobs: Jobs) -> None:
    @router.get("/v1/jobs/{id}", responses=problems(404, 422))
    def get_job(job_id: JobId) -> JobObject:
        """Tells how far an upload has come."""
        return job_object(jobs.get(job_id))

    def find_job(job_id: JobId) -> Job:
        """Before the stream begins: afterwards there is no status left to set."""
        return jobs.get(job_id)

    @router.get("/v1/jobs/{id}/events", response_class=EventSourceResponse, responses=problems(404, 422))
    async def get_job_events(job: Annotated[Job, Depends(find_job)]) -> AsyncIterator[ServerSentEvent]:
        """Streams `progress` events, then `done` with the report, or `error` with a problem."""
        async for event in _events(jobs, job):
            yield event


async def _events(jobs: Jobs, job: Job) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(event="progress", data=job.progress)
    while not job.is_over:
        await anyio.sleep(LOOK_SECONDS)
        before, job = job, jobs.get(job.id)
        if job.progress != before.progress:
            yield ServerSentEvent(event="progress", data=job.progress)
    if job.report is not None:
        yield ServerSentEvent(event="done", data=JobDoneObject(report=job.report))
    else:
        yield ServerSentEvent(event="error", data=job.problem)
