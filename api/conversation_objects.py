"""What is sent of conversations that the server keeps."""

import datetime as dt

from pydantic import BaseModel, Field

from api.conversations import KeptConversation, KeptTurn
from api.schemas import FROZEN, AnswerObject


class ConversationSummaryObject(BaseModel):
    """A conversation in a listing."""

    model_config = FROZEN

    id: str = Field(description="Only the key that started the conversation finds it by this.")
    title: str = Field(description='Its first question; "" before that.')
    created: dt.datetime
    updated: dt.datetime = Field(description="When its last turn was concluded.")
    turns: int


class ConversationsObject(BaseModel):
    """Conversations, the one used last first."""

    model_config = FROZEN

    conversations: tuple[ConversationSummaryObject, ...]
    next: int | None = Field(description="The next page's `before`; null on the last page.")


class TurnObject(BaseModel):
    """A question and what came of it."""

    model_config = FROZEN

    concluded: dt.datetime
    question: str
    answer: AnswerObject


class ConversationObject(BaseModel):
    """A conversation with all its turns, oldest first."""

    model_config = FROZEN

    id: str
    created: dt.datetime
    updated: dt.datetime
    turns: tuple[TurnObject, ...]


def summary_object(kept: KeptConversation) -> ConversationSummaryObject:
    """A conversation for a listing."""
    return ConversationSummaryObject(
        id=kept.id,
        title=kept.title,
        created=_time(kept.created),
        updated=_time(kept.updated),
        turns=kept.turns,
    )


def page_object(kept: tuple[KeptConversation, ...], limit: int) -> ConversationsObject:
    """A page of at most `limit`, made of one more if there is more."""
    page = kept[:limit]
    further = page[-1].updated if len(kept) > limit else None
    return ConversationsObject(conversations=tuple(map(summary_object, page)), next=further)


def conversation_object(kept: KeptConversation, turns: tuple[KeptTurn, ...]) -> ConversationObject:
    """A conversation with its turns."""
    return ConversationObject(
        id=kept.id,
        created=_time(kept.created),
        updated=_time(kept.updated),
        turns=tuple(
            TurnObject(
                concluded=_time(turn.concluded),
                question=turn.question,
                answer=AnswerObject.model_validate_json(turn.answer),
            )
            for turn in turns
        ),
    )


def _time(microseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=microseconds)
