"""The local model's HTTP application: OpenAI's chat completions, and nothing else."""

import secrets
import time
from collections.abc import Iterator
from http import HTTPStatus
from threading import Lock

from fastapi import Depends, FastAPI, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.responses import JSONResponse

from api.completions.errors import error_object
from api.completions.objects import ModelObject, ModelsObject
from api.guards import THIS_MACHINE, BodyGuard, HostGuard, OriginGuard
from api.local_model.generating import BadSchema, LocalChat, Piece
from api.local_model.objects import (
    AddedChoiceObject,
    LocalChunkObject,
    LocalCompletionObject,
    LocalRequestObject,
    SaidChoiceObject,
    SaidObject,
    TokenUsageObject,
)
from api.problems import install_problems

MOST_BYTES = 1_000_000
BODY_SECONDS = 30.0


def create_local_app(chat: LocalChat, name: str) -> FastAPI:
    """An application that goes on with chats, one at a time, for this machine alone."""
    app = FastAPI(title="Local model", docs_url=None, redoc_url=None, openapi_url=None)
    turn = Lock()

    def one_at_a_time() -> Iterator[None]:
        # Until the last byte is sent, or whoever asked has gone.
        with turn:
            yield

    @app.post("/v1/chat/completions", response_model=None, dependencies=[Depends(one_at_a_time)])
    def complete(body: LocalRequestObject) -> Response | LocalCompletionObject:
        """Says what comes next in the chat."""
        tokens = chat.encode([(message.role, message.content or "") for message in body.messages])
        most = min(body.most(), chat.context - len(tokens))
        if most < 1:
            return _refuse(
                f"{len(tokens)} tokens do not fit in {chat.context}", "context_length_exceeded", "messages"
            )
        form = body.response_format
        try:
            pieces = chat.generate(tokens, most, form.schema_of() if form else None)
        except BadSchema as error:
            return _refuse(str(error), "invalid_json_schema", "response_format")
        spoken = _Spoken(name, len(tokens), pieces)
        if body.stream:
            usage = body.stream_options is not None and body.stream_options.include_usage
            return EventSourceResponse(spoken.chunks(usage=usage))
        return spoken.whole()

    @app.get("/v1/models")
    def list_models() -> ModelsObject:
        return ModelsObject(data=(ModelObject(id=name),))

    install_problems(app)
    app.add_middleware(BodyGuard, limit=MOST_BYTES, seconds=BODY_SECONDS, larger={})
    app.add_middleware(OriginGuard, hosts=())
    app.add_middleware(HostGuard, hosts=THIS_MACHINE)
    return app


class _Spoken:
    """One completion on its way out."""

    def __init__(self, model: str, read: int, pieces: Iterator[Piece]) -> None:
        self._id = f"chatcmpl-{secrets.token_urlsafe(18)}"
        self._created = int(time.time())
        self._model = model
        self._read = read
        self._pieces = pieces

    def whole(self) -> LocalCompletionObject:
        pieces = list(self._pieces)
        said = SaidObject(role="assistant", content="".join(piece.text for piece in pieces))
        choice = SaidChoiceObject(message=said, finish_reason=pieces[-1].finish or "stop")
        usage = self._usage(len(pieces))
        return LocalCompletionObject(
            id=self._id, created=self._created, model=self._model, choices=(choice,), usage=usage
        )

    def chunks(self, *, usage: bool) -> Iterator[bytes]:
        """Server-sent events."""
        yield self._chunk(AddedChoiceObject(delta=SaidObject(role="assistant", content="")))
        count = 0
        for piece in self._pieces:
            count += 1
            if piece.text or piece.finish:
                delta = SaidObject(content=piece.text or None)
                yield self._chunk(AddedChoiceObject(delta=delta, finish_reason=piece.finish))
        if usage:
            yield self._chunk(usage=self._usage(count))
        yield format_sse_event(data_str="[DONE]")

    def _chunk(self, *choices: AddedChoiceObject, usage: TokenUsageObject | None = None) -> bytes:
        chunk = LocalChunkObject(
            id=self._id, created=self._created, model=self._model, choices=choices, usage=usage
        )
        return format_sse_event(data_str=chunk.model_dump_json())

    def _usage(self, written: int) -> TokenUsageObject:
        return TokenUsageObject(
            prompt_tokens=self._read, completion_tokens=written, total_tokens=self._read + written
        )


def _refuse(message: str, code: str, param: str) -> JSONResponse:
    refusal = error_object(HTTPStatus.BAD_REQUEST, message, code, param)
    return JSONResponse(refusal.model_dump(), HTTPStatus.BAD_REQUEST)
