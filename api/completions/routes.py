"""The routes that speak OpenAI's protocol."""

import logging
import secrets
import time
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event

from api.asking import Events, begun
from api.completions.errors import ErrorObject
from api.completions.objects import (
    MODEL,
    ChoiceObject,
    ChunkChoiceObject,
    ChunkObject,
    CompletedMessageObject,
    CompletionObject,
    DeltaObject,
    ModelObject,
    ModelsObject,
    UsageObject,
)
from api.completions.requests import CompletionRequestObject, question_of
from api.completions.writing import Writer
from api.errors import ModelNotFound
from api.house import House
from api.problems import openai_error, problem_of

logger = logging.getLogger("pincite")

TAG = "OpenAI's protocol"
DONE = "[DONE]"
UNBUFFERED = {"X-Accel-Buffering": "no"}
REFUSALS: dict[int | str, dict[str, object]] = {"4XX": {"model": ErrorObject}, "5XX": {"model": ErrorObject}}


def add_completions(router: APIRouter, house: House) -> None:
    """Completions, and the one model there is."""

    def begun_events(body: CompletionRequestObject) -> Iterator[Events]:
        _check_model(body.model)
        with begun(house.assistant(), question_of(body)) as events:
            yield events

    @router.post(
        "/v1/chat/completions", tags=[TAG], response_model=CompletionObject, responses=_sent_and_refused()
    )
    def complete(
        body: CompletionRequestObject, request: Request, events: Annotated[Events, Depends(begun_events)]
    ) -> Response | CompletionObject:
        """Answers as `/v1/chat` does, for clients of OpenAI's protocol; `stream: true` sends chunks.

        The content is the claims, each with the marks of its footnotes, then the footnotes; an abstention
        is text, too. `annotations` hold the citations, exact. System messages, sampling parameters and
        unknown fields are ignored. Nothing is counted in tokens: `usage` is zero.
        """
        writer = Writer(str(request.base_url).rstrip("/"))
        if body.stream:
            usage = body.stream_options is not None and body.stream_options.include_usage
            chunks = _chunks(events, writer, request.url.path, usage=usage)
            return EventSourceResponse(chunks, headers=UNBUFFERED)
        content = "".join(map(writer.write, events))
        message = CompletedMessageObject(content=content, annotations=tuple(writer.annotations))
        return CompletionObject(id=_new_id(), created=_now(), choices=(ChoiceObject(message=message),))

    @router.get("/v1/models", tags=[TAG], responses=REFUSALS)
    def list_models() -> ModelsObject:
        """Lists the one model there is."""
        return ModelsObject()

    @router.get("/v1/models/{id}", tags=[TAG], responses=REFUSALS)
    def get_model(id: str) -> ModelObject:  # noqa: A002 - the name in the path
        """Sends the one model there is."""
        _check_model(id)
        return ModelObject()


def _chunks(events: Events, writer: Writer, instance: str, *, usage: bool) -> Iterator[bytes]:
    """Server-sent events for the wire; a failure takes the place of the end."""
    chunk = ChunkObject(id=_new_id(), created=_now(), choices=())
    yield _sent(chunk, DeltaObject(role="assistant", content=""))
    try:
        for event in events:
            if piece := writer.write(event):
                yield _sent(chunk, DeltaObject(content=piece))
    except Exception as error:  # the status is sent: whatever it is, nobody else can tell the client
        problem = problem_of(error, instance)
        logger.warning("a stream broke off: %s", error, exc_info=problem.is_plain)
        yield format_sse_event(data_str=openai_error(problem).model_dump_json())
        return
    yield _sent(chunk, DeltaObject(annotations=tuple(writer.annotations)))
    yield _sent(chunk, DeltaObject(), finish=True)
    if usage:
        counted = chunk.model_copy(update={"usage": UsageObject()})
        yield format_sse_event(data_str=counted.model_dump_json())
    yield format_sse_event(data_str=DONE)


def _sent(chunk: ChunkObject, delta: DeltaObject, *, finish: bool = False) -> bytes:
    choice = ChunkChoiceObject(delta=delta, finish_reason="stop" if finish else None)
    told = chunk.model_copy(update={"choices": (choice,)})
    return format_sse_event(data_str=told.model_dump_json())


def _check_model(name: str) -> None:
    if name != MODEL:
        raise ModelNotFound(f"there is no model {name!r} here: ask for {MODEL!r}")


def _sent_and_refused() -> dict[int | str, dict[str, object]]:
    stream = {"schema": {"type": "string"}, "example": 'data: {"object":"chat.completion.chunk", …}'}
    return {200: {"content": {"text/event-stream": stream}}, **REFUSALS}


def _new_id() -> str:
    return f"chatcmpl-{secrets.token_urlsafe(18)}"


def _now() -> int:
    return int(time.time())
