"""The routes of conversations that the server keeps."""

from enum import Enum
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

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

    @router.post(
        "/v1/conversations", status_code=HTTPStatus.CREATED, tags=TAGS, responses=problems(413, 422, 503)
    )
    def start_conversation() -> ConversationSummaryObject:
        """Starts a conversation. Beyond as many as are kept, those used longest ago are forgotten."""
        return summary_object(conversations.start())

    @router.get("/v1/conversations", tags=TAGS, responses=problems(422, 503))
    def list_conversations(
        limit: Annotated[int, Query(ge=1, le=100, description="Conversations at most.")] = 20,
        before: Annotated[int | None, Query(ge=0, le=2**62, description="`next` of the page before.")] = None,
    ) -> ConversationsObject:
        """Lists conversations, the one used last first."""
        return page_object(conversations.page(limit + 1, before), limit)

    @router.get("/v1/conversations/{id}", tags=TAGS, responses=problems(404, 422, 503))
    def get_conversation(conversation_id: Id) -> ConversationObject:
        """Sends a conversation with the answer objects of all its turns."""
        return conversation_object(*conversations.get(conversation_id))

    @router.delete(
        "/v1/conversations/{id}",
        status_code=HTTPStatus.NO_CONTENT,
        tags=TAGS,
        responses=problems(404, 422, 503),
    )
    def delete_conversation(conversation_id: Id) -> None:
        """Forgets a conversation."""
        conversations.delete(conversation_id)
