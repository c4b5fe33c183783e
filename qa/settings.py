"""What can be set about answering, and the settings an assistant is opened with."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ingest.settings import IndexSettings
from qa.assessments import SupportPolicy

EXTRACTIVE = "extractive"


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


class GenerationSettings(BaseModel):
    """Writing: who drafts the statements, and how long and how often it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        default=EXTRACTIVE,
        min_length=1,
        description="`extractive` (offline, verbatim sentences), or a chat model as LangChain names it, such"
        " as `openai:gpt-5-mini` or `ollama:llama3.2`; with `base_url`, the name its server knows it by.",
    )
    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of an OpenAI-compatible server, such as `http://127.0.0.1:8080/v1`.",
    )
    key_file: Path | None = Field(
        default=None,
        description="File that holds the provider's API key; if unset, its own environment variable is read.",
    )
    form: Literal["auto", "schema", "plain"] = Field(
        default="auto",
        description="How the model answers: `schema` (JSON that the provider enforces), `plain` (lines that"
        " end in `[S3]`), `auto` (`schema` until the provider refuses it).",
    )
    max_tokens: int = Field(default=1024, ge=16, le=100_000, description="Tokens of one reply at most.")
    silence_seconds: float = Field(
        default=30, gt=0, le=600, description="A model that says nothing for longer has failed."
    )
    deadline_seconds: float = Field(
        default=90, gt=0, le=3600, description="After so long, all retries included, the model has failed."
    )
    retries: int = Field(default=2, ge=0, le=10, description="Further tries after a failure that may pass.")
    input_price: float | None = Field(
        default=None, ge=0, description="Price of a million tokens sent, for the cost in the trace."
    )
    output_price: float | None = Field(
        default=None, ge=0, description="Price of a million tokens received, for the cost in the trace."
    )
    kept_drafts: int = Field(
        default=1000,
        ge=0,
        le=1_000_000,
        description="Drafts kept in the index folder for asking again; 0: none, and none where `storage.book`"
        " is set.",
    )
    support_policy: SupportPolicy = Field(
        default=SupportPolicy.WITHHOLD,
        description="What becomes of statements their citations do not carry: `withhold` withholds them and"
        " marks those carried in part, `strict` withholds both, `flag` keeps all and marks them.",
    )


class AssistantSettings(IndexSettings):
    """Everything an assistant is opened with."""

    qa: QaSettings = QaSettings()
    generation: GenerationSettings = GenerationSettings()
