"""Problems (RFC 9457): one table from what can go wrong to what a client is told."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from ingest.errors import (
    DocumentNotFound,
    IndexBusy,
    IndexCorrupt,
    IndexMismatch,
    IndexMissing,
    IngestError,
    ModelUnavailable,
)
from qa.errors import BadQuestion, GeneratorFailed, GeneratorUnavailable, QaError

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "5"
PLAIN = "about:blank"
OWN = "urn:pincite:problem:"

# Error class → status, name and title. Subclasses before their bases; the two bases come last.
TABLE: tuple[tuple[type[Exception], HTTPStatus, str, str], ...] = (
    (BadQuestion, HTTPStatus.UNPROCESSABLE_ENTITY, "bad-question", "The question cannot be asked"),
    (DocumentNotFound, HTTPStatus.NOT_FOUND, "document-not-found", "No such document"),
    (IndexMissing, HTTPStatus.SERVICE_UNAVAILABLE, "index-missing", "There is no index yet"),
    (IndexMismatch, HTTPStatus.SERVICE_UNAVAILABLE, "index-mismatch", "The index has other settings"),
    (IndexBusy, HTTPStatus.SERVICE_UNAVAILABLE, "index-busy", "The index is being written"),
    (IndexCorrupt, HTTPStatus.SERVICE_UNAVAILABLE, "index-corrupt", "The index cannot be read"),
    (ModelUnavailable, HTTPStatus.SERVICE_UNAVAILABLE, "model-unavailable", "A model cannot be loaded"),
    (
        GeneratorUnavailable,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "generator-unavailable",
        "The chat model cannot be opened",
    ),
    (GeneratorFailed, HTTPStatus.BAD_GATEWAY, "generator-failed", "The chat model failed"),
    (IngestError, HTTPStatus.INTERNAL_SERVER_ERROR, "index-failed", "The index failed"),
    (QaError, HTTPStatus.INTERNAL_SERVER_ERROR, "answering-failed", "Answering failed"),
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
    for error_class, *_ in TABLE:
        app.add_exception_handler(error_class, _on_known)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_unexpected)


def problem_of(error: Exception, instance: str) -> Problem:
    """What a client is told of an error; of one that is not in the table, only that it happened."""
    row = next((row[1:] for row in TABLE if isinstance(error, row[0])), None)
    if row is None:
        detail = "something unexpected went wrong; the server's log says what"
        return plain_problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail, instance)
    status, name, title = row
    return Problem(type=OWN + name, title=title, status=status, detail=str(error), instance=instance)


def plain_problem(status: HTTPStatus, detail: str, instance: str) -> Problem:
    """A problem that says no more than its status does."""
    return Problem(type=PLAIN, title=status.phrase, status=status, detail=detail, instance=instance)


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as a response."""
    return Response(problem.to_json(), problem.status, headers, MEDIA_TYPE)


def _on_known(request: Request, error: Exception) -> Response:
    retryable = bool(getattr(error, "retryable", False))
    headers = {"Retry-After": RETRY_SECONDS} if retryable else None
    return problem_response(problem_of(error, request.url.path), headers)


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


def _on_unexpected(request: Request, error: Exception) -> Response:
    """What nobody foresaw: the client learns that it happened, the log (from the server) what."""
    return problem_response(problem_of(error, request.url.path))
