"""What may be asked: questions, searches, citations to check. Unknown fields of a request are refused."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas import FROZEN, CitationObject

ASKED = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
Text = Annotated[str, Field(max_length=100_000)]
Name = Annotated[str, Field(min_length=1, max_length=1_000)]


class FiltersObject(BaseModel):
    """Which documents may be found; what is left out does not restrict."""

    model_config = ASKED

    documents: tuple[Name, ...] = Field(
        default=(), max_length=1_000, description="Ids; a trailing `*` stands for any ending."
    )
    sources: tuple[Name, ...] = Field(
        default=(), max_length=1_000, description="Publishers, compared without regard to case."
    )
    published_from: dt.date | None = Field(
        default=None, alias="from", description="First day of publication."
    )
    published_to: dt.date | None = Field(default=None, alias="to", description="Last day of publication.")


class MessageObject(BaseModel):
    """One message of a conversation."""

    model_config = ASKED

    role: Literal["user", "assistant"]
    content: Text


class ChatObject(BaseModel):
    """A question, alone or as the last message of a conversation."""

    model_config = ConfigDict(
        **ASKED,
        json_schema_extra={"examples": [{"question": "How much will Japan invest in the United States?"}]},
    )

    question: Text | None = Field(default=None, description="The question, if it stands alone.")
    messages: tuple[MessageObject, ...] = Field(
        default=(), max_length=1_000, description="A conversation whose last message is the user's question."
    )
    conversation_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="A conversation the server keeps: `question` follows it up, and is kept with its answer.",
    )
    filters: FiltersObject = FiltersObject()

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        if self.conversation_id is not None and self.messages:
            raise ValueError("the server knows the messages of conversation_id: give question alone")
        if (self.question is None) == (not self.messages):
            raise ValueError("give either question or messages")
        if self.messages and self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        return self


class SearchRequestObject(BaseModel):
    """What to search for."""

    model_config = ConfigDict(**ASKED, json_schema_extra={"examples": [{"query": "rare earths", "limit": 5}]})

    query: Text
    limit: int = Field(default=10, ge=1, le=100, description="Passages at most.")
    filters: FiltersObject = FiltersObject()


class SavedClaimObject(BaseModel):
    """What is read of a saved claim."""

    model_config = FROZEN

    citations: tuple[CitationObject, ...]


class SavedObject(BaseModel):
    """Citations to check: a saved answer object, or anything that has `citations`."""

    model_config = FROZEN

    citations: tuple[CitationObject, ...] | None = Field(default=None, max_length=10_000)
    claims: tuple[SavedClaimObject, ...] | None = Field(default=None, max_length=10_000)
    nearest: tuple[CitationObject, ...] = Field(default=(), max_length=10_000)

    @model_validator(mode="after")
    def _check_something(self) -> Self:
        if self.citations is None and self.claims is None:
            raise ValueError("give citations or a saved answer object")
        return self

    def all_citations(self) -> tuple[CitationObject, ...]:
        """Every citation, in order."""
        claimed = (citation for claim in self.claims or () for citation in claim.citations)
        return (*(self.citations or ()), *claimed, *self.nearest)
