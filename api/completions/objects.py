"""What is sent in OpenAI's form."""

from typing import Any, Literal

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

from api.schemas import FROZEN, CitationObject, Missing
from qa.assessments import Support

MODEL = "pincite"


class UrlCitationObject(BaseModel):
    """Where in the content a source is named, and where it can be read."""

    model_config = FROZEN

    start_index: int = Field(description="First code point of the footnote's mark in the content.")
    end_index: int = Field(description="One past the last code point.")
    title: str
    url: str = Field(description="The document's page, at the cited sentence.")


class AnnotationObject(BaseModel):
    """A citation, in OpenAI's form and in ours."""

    model_config = FROZEN

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitationObject
    citation: CitationObject
    support: Support = Field(description="How far the citations of its statement carry it.")
    score: float | None = Field(description="As in the claims of `/v1/chat`.")
    missing: Missing


class UsageObject(BaseModel):
    """Always zero: nothing is counted in tokens here."""

    model_config = FROZEN

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class CompletedMessageObject(BaseModel):
    """The answer as text, or why there is none."""

    model_config = FROZEN

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None
    annotations: tuple[AnnotationObject, ...]


class ChoiceObject(BaseModel):
    """The one choice there is."""

    model_config = FROZEN

    index: Literal[0] = 0
    message: CompletedMessageObject
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class CompletionObject(BaseModel):
    """A completion."""

    model_config = FROZEN

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Seconds since 1970.")
    model: str = MODEL
    choices: tuple[ChoiceObject, ...]
    usage: UsageObject = UsageObject()


class DeltaObject(BaseModel):
    """What a chunk adds."""

    model_config = FROZEN

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: tuple[AnnotationObject, ...] | None = None

    @model_serializer(mode="wrap")
    def _only_what_is_added(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value is not None}


class ChunkChoiceObject(BaseModel):
    """What a chunk adds to the one choice there is."""

    model_config = FROZEN

    index: Literal[0] = 0
    delta: DeltaObject
    logprobs: None = None
    finish_reason: Literal["stop"] | None = None


class ChunkObject(BaseModel):
    """A piece of a streamed completion."""

    model_config = FROZEN

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str = MODEL
    choices: tuple[ChunkChoiceObject, ...]
    usage: UsageObject | None = None


class ModelObject(BaseModel):
    """The one model there is: this index, asked with these settings."""

    model_config = FROZEN

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "pincite"


class ModelsObject(BaseModel):
    """All models."""

    model_config = FROZEN

    object: Literal["list"] = "list"
    data: tuple[ModelObject, ...] = (ModelObject(),)
