"""The routes of conversations that the server keeps."""

from enum import Enum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from api.access import key_name
from api.conversation_objects import (
    ConversationObject,
    ConversationsObject,
    ConversationSummaryObject,
    conversation_object,
    page_object,
    summary_object,
)
from api.conversations import Conversations
from api.problems import problems

Id = Annotated[str, Path(alias="id", description="Id of the conversation.")]
TAGS: list[str | Enum] = ["conversations"]


def add_conversations(router: APIRouter, conversations: Conversations) -> None:
    """Starting, listing, reading and deleting. A turn is added by asking with `conversation_id`."""

    def of_who_asks(request: Request) -> Conversations:
        return conversations.of(key_name(request.scope))

    Own = Annotated[Conversations, Depends(of_who_asks)]  # noqa: N806 - a type

    @router.post(
        "/v1/conversations", status_code=HTTPStatus.CREATED, tags=TAGS, responses=problems(413, 422, 503)
    )
    def start_conversation(own: Own) -> ConversationSummaryObject:
        """Starts a conversation. Beyond as many as are kept, those used longest ago are forgotten."""
        return summary_object(own.start())

    @router.get("/v1/conversations", tags=TAGS, responses=problems(422, 503))
    def list_conversations(
        own: Own,
        limit: Annotated[int, Query(ge=1, le=100, description="Conversations at most.")] = 20,
        before: Annotated[int | None, Query(ge=0, le=2**62, description="`next` of the page before.")] = None,
    ) -> ConversationsObject:
        """Lists the conversations of the key that asks, the one used last first."""
        return page_object(own.page(limit + 1, before), limit)

    @router.get("/v1/conversations/{id}", tags=TAGS, responses=problems(404, 422, 503))
    def get_conversation(own: Own, conversation_id: Id) -> ConversationObject:
        """Sends a conversation with the answer objects of all its turns."""
        return conversation_object(*own.get(conversation_id))

    @router.delete(
        "/v1/conversations/{id}",
        status_code=HTTPStatus.NO_CONTENT,
        tags=TAGS,
        responses=problems(404, 422, 503),
    )
    def delete_conversation(own: Own, conversation_id: Id) -> None:
        """Forgets a conversation."""
        own.delete(conversation_id)
