"""Problems (RFC 9457): one table from what can go wrong to what a client is told."""

import logging
from http import HTTPStatus
from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from api.completions.errors import ErrorObject, error_object, is_openai_path, status_of
from api.errors import (
    ConversationFull,
    ConversationNotFound,
    ConversationsUnreadable,
    DocumentShared,
    JobNotFound,
    KeysUnreadable,
    ModelNotFound,
    QueueFull,
    Refusal,
    ServerGone,
    ServerStopping,
    UploadRefused,
    UploadsElsewhere,
    UploadTooLarge,
)
from ingest.errors import (
    DocumentNotFound,
    IndexBusy,
    IndexCorrupt,
    IndexMismatch,
    IndexMissing,
    IndexRefused,
    IndexUnreachable,
    IngestError,
    ModelUnavailable,
    StorageUnavailable,
)
from qa.errors import BadQuestion, GeneratorUnavailable, QaError

logger = logging.getLogger("pincite")

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "5"
PLAIN = "about:blank"
OWN = "urn:pincite:problem:"

UNAVAILABLE = HTTPStatus.SERVICE_UNAVAILABLE
TOO_MANY = HTTPStatus.TOO_MANY_REQUESTS
INTERNAL = HTTPStatus.INTERNAL_SERVER_ERROR
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY
SEE_LOG = "the server's log says more"


class Row(NamedTuple):
    """What a client is told of an error.

    Attributes:
        error: the class; subclasses stand before their bases.
        told: in place of the error's own words, where those may name folders of this machine or repeat
            what a vendor said; they go to the log.
    """

    error: type[Exception]
    status: HTTPStatus
    name: str
    title: str
    told: str | None = None


def _logged(error: type[Exception], status: HTTPStatus, name: str, title: str) -> Row:
    """A row that tells of the error's own words only where they are."""
    return Row(error, status, name, title, f"{title}; {SEE_LOG}")


TABLE: tuple[Row, ...] = (
    Row(BadQuestion, UNPROCESSABLE, "bad-question", "The question cannot be asked"),
    Row(DocumentNotFound, HTTPStatus.NOT_FOUND, "document-not-found", "No such document"),
    Row(JobNotFound, HTTPStatus.NOT_FOUND, "job-not-found", "No such job"),
    Row(ServerGone, UNAVAILABLE, "server-gone", "The server that did it is gone"),
    _logged(UploadsElsewhere, UNAVAILABLE, "uploads-elsewhere", "Uploads are kept elsewhere"),
    Row(DocumentShared, HTTPStatus.CONFLICT, "document-shared", "The document's file holds others"),
    Row(UploadRefused, UNPROCESSABLE, "upload-refused", "Files that cannot be taken"),
    Row(UploadTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "upload-too-large", "A file is too large"),
    Row(QueueFull, TOO_MANY, "queue-full", "Too much waits to be ingested"),
    Row(
        IndexMissing,
        UNAVAILABLE,
        "index-missing",
        "There is no index yet",
        "nothing was ingested yet: run `pincite ingest PATH…`, or upload documents",
    ),
    Row(
        IndexMismatch,
        UNAVAILABLE,
        "index-mismatch",
        "The index has other settings",
        "the index was built with other settings than the server has: set them back, or run"
        f" `pincite ingest --rebuild PATH…`; {SEE_LOG}",
    ),
    Row(
        IndexBusy,
        UNAVAILABLE,
        "index-busy",
        "The index is being written",
        "the index is being written: try again in a moment",
    ),
    Row(
        IndexUnreachable,
        UNAVAILABLE,
        "index-unreachable",
        "The index cannot be reached",
        f"a server that holds the index does not answer: try again in a moment; {SEE_LOG}",
    ),
    _logged(IndexRefused, UNAVAILABLE, "index-refused", "A server that holds the index refuses"),
    Row(
        IndexCorrupt,
        UNAVAILABLE,
        "index-corrupt",
        "The index cannot be read",
        "the index cannot be read: whoever runs the server is to run `pincite doctor`; the log says why",
    ),
    Row(
        StorageUnavailable,
        UNAVAILABLE,
        "storage-unavailable",
        "The server cannot store or open its files",
        "the server's disk is full or read-only, its folder is gone, or too many files are open: the log"
        " says which, and what to do; nothing of this request was done by halves",
    ),
    _logged(ModelUnavailable, UNAVAILABLE, "model-unavailable", "A model cannot be loaded"),
    _logged(GeneratorUnavailable, UNAVAILABLE, "generator-unavailable", "The chat model cannot be opened"),
    _logged(KeysUnreadable, UNAVAILABLE, "keys-unreadable", "API keys cannot be checked"),
    Row(ServerStopping, UNAVAILABLE, "stopping", "The server is stopping"),
    Row(ModelNotFound, HTTPStatus.NOT_FOUND, "model-not-found", "No such model"),
    Row(ConversationNotFound, HTTPStatus.NOT_FOUND, "conversation-not-found", "No such conversation"),
    Row(ConversationFull, HTTPStatus.CONFLICT, "conversation-full", "The conversation is full"),
    _logged(
        ConversationsUnreadable, UNAVAILABLE, "conversations-unreadable", "The conversations cannot be read"
    ),
    _logged(IngestError, INTERNAL, "index-failed", "The index failed"),
    _logged(QaError, INTERNAL, "answering-failed", "Answering failed"),
    Row(Refusal, HTTPStatus.BAD_REQUEST, "refused", "The request is refused"),
)


class FieldProblem(BaseModel):
    """One thing that is wrong with a request."""

    place: str = Field(description="Where, such as `body.filters.from`.")
    message: str


class Problem(BaseModel):
    """A problem by RFC 9457."""

    type: str = Field(examples=["urn:pincite:problem:index-missing"])
    title: str = Field(examples=["There is no index yet"])
    status: int = Field(examples=[503])
    detail: str = Field(examples=["no index in .pincite: run `pincite ingest PATH…` first"])
    instance: str = Field(description="The path that was asked for.", examples=["/v1/chat"])
    errors: tuple[FieldProblem, ...] = Field(default=(), description="What is wrong with the request.")

    @property
    def is_plain(self) -> bool:
        """Whether it says no more than its status does."""
        return self.type == PLAIN

    def to_json(self) -> str:
        """One line; `errors` only where there are any."""
        return self.model_dump_json(exclude=None if self.errors else {"errors"})


def problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The failures of a route, for the description of the interface."""
    return {status: {"model": Problem} for status in statuses}


def install_problems(app: FastAPI) -> None:
    """Makes every failure of an application a problem."""
    for row in TABLE:
        app.add_exception_handler(row.error, _on_known)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def problem_of(error: Exception, instance: str) -> Problem:
    """What a client is told of an error; of one that is not in the table, only that it happened.

    What the table does not tell goes to the log.
    """
    row = next((row for row in TABLE if isinstance(error, row.error)), None)
    if row is None:
        detail = "something unexpected went wrong; the server's log says what"
        return plain_problem(INTERNAL, detail, instance)
    if row.told:
        logger.warning("%r: %s", instance, error)
    places = error.places if isinstance(error, Refusal) else ()
    return Problem(
        type=OWN + row.name,
        title=row.title,
        status=row.status,
        detail=row.told or str(error),
        instance=instance,
        errors=tuple(FieldProblem(place=place, message=message) for place, message in places),
    )


def plain_problem(status: HTTPStatus, detail: str, instance: str) -> Problem:
    """A problem that says no more than its status does."""
    return Problem(type=PLAIN, title=status.phrase, status=status, detail=detail, instance=instance)


def openai_error(problem: Problem) -> ErrorObject:
    """A problem in the form of OpenAI's protocol."""
    code = None if problem.is_plain else problem.type.removeprefix(OWN).replace("-", "_")
    place = problem.errors[0].place.removeprefix("body").removeprefix(".") if problem.errors else ""
    return error_object(status_of(problem.status), problem.detail, code, place or None)


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as a response, in the form that whoever asks there reads."""
    if is_openai_path(problem.instance):
        told = openai_error(problem).model_dump_json()
        return Response(told, status_of(problem.status), headers, "application/json")
    return Response(problem.to_json(), problem.status, headers, MEDIA_TYPE)


def error_response(error: Exception, instance: str) -> Response:
    """A problem as a response, which says when to come back if that may help."""
    retryable = bool(getattr(error, "retryable", False))
    headers = {"Retry-After": RETRY_SECONDS} if retryable else None
    return problem_response(problem_of(error, instance), headers)


def _on_known(request: Request, error: Exception) -> Response:
    return error_response(error, request.url.path)


def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    found = tuple(
        FieldProblem(place=".".join(str(part) for part in item["loc"]), message=item["msg"])
        for item in error.errors()
    )
    problem = Problem(
        type=OWN + "invalid-request",
        title="The request is not valid",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        detail="; ".join(f"{item.place}: {item.message}" for item in found),
        instance=request.url.path,
        errors=found,
    )
    return problem_response(problem)


def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    problem = plain_problem(HTTPStatus(error.status_code), error.detail, request.url.path)
    return problem_response(problem, dict(error.headers or {}))
