"""What may be asked in OpenAI's form. What would change nothing is ignored; what we cannot do is refused."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from api.completions.objects import MODEL
from api.completions.writing import spoken
from api.requests import Text
from qa.questions import Question, Turn

# Clients send sampling parameters and more of their own accord; none of them means anything here.
LENIENT = ConfigDict(frozen=True, extra="ignore")
SPEAKERS = ("user", "assistant")
NO_TOOLS = "tools cannot be called here: leave them out"
TEXT_ONLY = "only text can be read, no images, audio or files"


class CompletionMessageObject(BaseModel):
    """A message; `system` and `developer` messages are accepted and ignored."""

    model_config = LENIENT

    role: Literal["system", "developer", "user", "assistant"]
    content: Text | None = Field(default=None, description="A string, or a list of text parts.")

    @field_validator("content", mode="before")
    @classmethod
    def _join_parts(cls, content: object) -> object:
        return "\n".join(map(_text_of, content)) if isinstance(content, list) else content


class StreamOptionsObject(BaseModel):
    """How to stream."""

    model_config = LENIENT

    include_usage: bool = False


class CompletionRequestObject(BaseModel):
    """A conversation whose last message is the user's question."""

    model_config = ConfigDict(
        **LENIENT,
        json_schema_extra={
            "examples": [{"model": MODEL, "messages": [{"role": "user", "content": "Who signed?"}]}]
        },
    )

    model: str = Field(max_length=1_000, description=f"`{MODEL}`.")
    messages: tuple[CompletionMessageObject, ...] = Field(min_length=1, max_length=1_000)
    stream: bool | None = None
    stream_options: StreamOptionsObject | None = None
    n: int | None = Field(default=None, description="1: the same question has one answer.")
    tools: tuple[Any, ...] | None = Field(default=None, description="None.")
    functions: tuple[Any, ...] | None = Field(default=None, description="None.")
    response_format: dict[str, Any] | None = Field(default=None, description='`{"type": "text"}`.')
    modalities: tuple[str, ...] | None = Field(default=None, description='`["text"]`.')

    @field_validator("n")
    @classmethod
    def _check_n(cls, n: int | None) -> int | None:
        if n not in (None, 1):
            raise ValueError("the same question has one answer here: ask for n=1")
        return n

    @field_validator("tools", "functions")
    @classmethod
    def _check_tools(cls, tools: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        if tools:
            raise ValueError(NO_TOOLS)
        return tools

    @field_validator("response_format")
    @classmethod
    def _check_format(cls, form: dict[str, Any] | None) -> dict[str, Any] | None:
        if form is not None and form.get("type") != "text":
            raise ValueError("answers are text here; POST /v1/chat sends them as JSON")
        return form

    @field_validator("modalities")
    @classmethod
    def _check_modalities(cls, modalities: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if modalities not in (None, ("text",)):
            raise ValueError("answers are text here")
        return modalities

    @model_validator(mode="after")
    def _check_question(self) -> Self:
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be the user's")
        return self


def question_of(read: CompletionRequestObject) -> Question:
    """The question a request asks, with what was said before it."""
    *earlier, last = read.messages
    said = tuple(Turn(each.role, spoken(each.content or "")) for each in earlier if each.role in SPEAKERS)
    return Question(last.content or "", said)


def _text_of(part: object) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise ValueError(TEXT_ONLY)
