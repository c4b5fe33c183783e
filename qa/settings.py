"""What can be set about answering, and the settings an assistant is opened with."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ingest.settings import IngestSettings


class GenerationSettings(BaseModel):
    """The chat model that writes, if any."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        default="", description="A LangChain chat model id, `provider:model`; empty answers without one."
    )
    base_url: str | None = Field(default=None, description="Address of a server of OpenAI's protocol.")


class QaSettings(BaseModel):
    """Answering: what is retrieved, read and said."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    depth: int = Field(
        default=100, ge=1, le=1000, description="Passages taken from each of the dense and lexical lists."
    )
    passages: int = Field(default=10, ge=1, le=200, description="Fused passages that are retrieved.")
    read_passages: int = Field(
        default=6, ge=1, le=200, description="Best of the retrieved passages, which are read for an answer."
    )
    rrf_k: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Constant of rank fusion: larger trusts low ranks more.",
    )
    lexical_weight: float = Field(
        default=1.0,
        ge=0,
        le=10,
        description="Weight of the lexical list in the fusion; the dense one has 1.",
    )
    title_weight: float = Field(
        default=2.0, ge=0, le=10, description="Weight of title and heading against the text in BM25."
    )
    evidence_sentences: int = Field(
        default=12, ge=1, le=100, description="Best sentences shown to the generator."
    )
    min_confidence: float = Field(
        default=0.46, ge=0, le=1, description="Below this confidence the assistant abstains."
    )
    max_claims: int = Field(default=6, ge=1, le=50, description="Claims in one answer at most.")
    generation: GenerationSettings = GenerationSettings()
    generator: str = Field(
        default="extractive",
        min_length=1,
        description="`extractive` (offline, verbatim sentences) or a LangChain chat model id"
        " such as `openai:gpt-5-mini` or `ollama:llama3.2`.",
    )


class AssistantSettings(BaseModel):
    """Everything an assistant is opened with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: Path = Field(
        default=Path(".pincite"),
        description="Folder of the index; nothing else is written to, a vector cache aside.",
    )
    ingest: IngestSettings = IngestSettings()
    qa: QaSettings = QaSettings()
