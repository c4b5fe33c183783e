"""What is asked of the local model and what it sends, in OpenAI's form."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from api.completions.requests import CompletionMessageObject, StreamOptionsObject
from api.schemas import FROZEN

MOST_TOKENS = 512
LENIENT = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

Finish = Literal["stop", "length"]


class NamedSchemaObject(BaseModel):
    """A JSON schema under a name."""

    model_config = LENIENT

    schema_: dict[str, Any] = Field(alias="schema")


class ResponseFormatObject(BaseModel):
    """In which form to answer."""

    model_config = LENIENT

    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchemaObject | None = None

    def schema_of(self) -> dict[str, Any] | None:
        """The JSON schema to keep to; None for plain text."""
        if self.type == "text":
            return None
        return self.json_schema.schema_ if self.json_schema else {"type": "object"}


class LocalRequestObject(BaseModel):
    """A chat to go on with; sampling parameters are ignored, the likeliest token is always taken."""

    model_config = LENIENT

    model: str = Field(max_length=1_000)
    messages: tuple[CompletionMessageObject, ...] = Field(min_length=1, max_length=1_000)
    stream: bool | None = None
    stream_options: StreamOptionsObject | None = None
    response_format: ResponseFormatObject | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)

    def most(self) -> int:
        """Tokens to generate at most."""
        return self.max_completion_tokens or self.max_tokens or MOST_TOKENS


class TokenUsageObject(BaseModel):
    """How many tokens were read and written."""

    model_config = FROZEN

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class SaidObject(BaseModel):
    """What the model says, or adds to what it said."""

    model_config = FROZEN

    role: Literal["assistant"] | None = None
    content: str | None = None

    @model_serializer(mode="wrap")
    def _only_what_is_there(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value is not None}


class SaidChoiceObject(BaseModel):
    """The one choice there is, whole."""

    model_config = FROZEN

    index: Literal[0] = 0
    message: SaidObject
    finish_reason: Finish


class AddedChoiceObject(BaseModel):
    """What a chunk adds to it."""

    model_config = FROZEN

    index: Literal[0] = 0
    delta: SaidObject
    finish_reason: Finish | None = None


class LocalCompletionObject(BaseModel):
    """A completion."""

    model_config = FROZEN

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[SaidChoiceObject, ...]
    usage: TokenUsageObject


class LocalChunkObject(BaseModel):
    """A piece of a streamed completion."""

    model_config = FROZEN

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: tuple[AddedChoiceObject, ...]
    usage: TokenUsageObject | None = None
