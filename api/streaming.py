"""Streaming: an answer as it comes about, in server-sent events."""

import logging
from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.asking import Asked, AskedOf, Events, begun
from api.conversion import answer_object, claim_object, retrieved_object, withheld_object
from api.house import House
from api.messages import ClaimEventObject, RetrievedEventObject
from api.problems import problem_of, problems
from api.schemas import AnswerObject
from qa.events import ClaimStated, ClaimWithheld, Event, Retrieved

logger = logging.getLogger("pincite")

Keep = Callable[[AnswerObject], None]


def add_streaming(router: APIRouter, house: House, asked_of: AskedOf) -> None:
    """The route that streams answers."""

    def begun_events(asked: Annotated[Asked, Depends(asked_of)]) -> Iterator[Events]:
        with begun(house.assistant(), asked.question) as events:
            yield events

    @router.post(
        "/v1/chat/stream",
        tags=["asking"],
        response_class=EventSourceResponse,
        responses=problems(404, 409, 413, 422, 502, 503),
    )
    def chat_stream(
        request: Request,
        asked: Annotated[Asked, Depends(asked_of)],
        events: Annotated[Events, Depends(begun_events)],
    ) -> Iterator[ServerSentEvent]:
        """Answers as `/v1/chat` does, and tells each step in a server-sent event, its data a JSON object.

        `retrieved` comes first: `{"query", "passages"}`. Then `claim` (`{"index", "claim"}`) and `withheld`
        for each statement, and last `concluded`: the answer object. `error`, a problem, comes instead of
        whatever could not be worked out. Comments keep the connection open.
        """
        yield from told(events, asked.keep, request.url.path)


def told(events: Events, keep: Keep, instance: str) -> Iterator[ServerSentEvent]:
    """Events for the wire; a failure is the last of them. What is told as concluded is kept."""
    claims = 0
    try:
        for event in events:
            yield _event(event, claims, keep)
            claims += isinstance(event, ClaimStated)
    except Exception as error:  # the status is sent: whatever it is, nobody else can tell the client
        problem = problem_of(error, instance)
        logger.warning("a stream broke off: %s", error, exc_info=problem.is_plain)
        yield _named("error", problem.to_json())


def _event(event: Event, claims: int, keep: Keep) -> ServerSentEvent:
    """One event; `claims` stood before it."""
    if isinstance(event, Retrieved):
        passages = tuple(map(retrieved_object, event.passages))
        found = RetrievedEventObject(query=event.query, passages=passages)
        return _named("retrieved", found.model_dump_json())
    if isinstance(event, ClaimStated):
        stated = ClaimEventObject(index=claims, claim=claim_object(event.claim))
        return _named("claim", stated.model_dump_json())
    if isinstance(event, ClaimWithheld):
        return _named("withheld", withheld_object(event.withheld).model_dump_json())
    answer = answer_object(event.outcome)
    keep(answer)
    return _named("concluded", answer.to_json())


def _named(name: str, data: str) -> ServerSentEvent:
    return ServerSentEvent(event=name, raw_data=data)
