"""Errors in the form OpenAI's clients read; what went wrong is told by our own problems."""

from http import HTTPStatus

from pydantic import BaseModel, Field

from api.schemas import FROZEN

PATHS = ("/v1/chat/completions", "/v1/models")

_TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}


class ErrorDetailObject(BaseModel):
    """What went wrong, in OpenAI's words for it."""

    model_config = FROZEN

    message: str
    type: str = Field(examples=["invalid_request_error"])
    param: str | None = Field(description="Which part of the request is wrong.", examples=["n"])
    code: str | None = Field(description="Which problem it is.", examples=["index-missing"])


class ErrorObject(BaseModel):
    """An error."""

    model_config = FROZEN

    error: ErrorDetailObject


def is_openai_path(path: str) -> bool:
    """Whether whoever asks there reads OpenAI's errors."""
    return any(path == own or path.startswith(f"{own}/") for own in PATHS)


def error_object(status: int, message: str, code: str | None, param: str | None) -> ErrorObject:
    """An error with OpenAI's type for a status."""
    broad = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    kind = _TYPES.get(HTTPStatus(status), broad)
    return ErrorObject(error=ErrorDetailObject(message=message, type=kind, param=param, code=code))


def status_of(status: int) -> int:
    """OpenAI's status for ours: what is not valid is a 400 there."""
    return HTTPStatus.BAD_REQUEST if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
