"""What can be set about reading and indexing, and where the index is."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

MEGABYTE = 1_000_000


class IngestSettings(BaseModel):
    """Reading: what becomes a document, a passage and a vector."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding_model: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="Embedding model: a carried model's name, a hub name or folder for"
        " sentence-transformers, or a LangChain id such as `openai:text-embedding-3-small`.",
    )
    passage_tokens: int = Field(
        default=256,
        ge=32,
        le=8192,
        description="Size of a passage with its title and heading, in the embedding model's tokens;"
        " the model's own window where that is smaller.",
    )
    max_file_mb: int = Field(
        default=50, ge=1, le=2048, description="Files larger than this many megabytes are skipped."
    )
    batch_passages: int = Field(
        default=256, ge=1, le=5000, description="Passages embedded and made searchable in one step."
    )
    vector_cache: Path | None = Field(
        default=None,
        description="Folder in which vectors of passages are kept, for any number of indexes: a text that"
        " this model embedded before is not embedded again. Delete it when a service changed its model."
        " Not used with `pincite ingest --ray`.",
    )
    worker_seconds: int = Field(
        default=600,
        ge=1,
        le=86_400,
        description="With `pincite ingest --ray`: seconds a worker may spend on one file, or on a few of its"
        " documents; then it is ended, and the file is skipped.",
    )

    @property
    def max_bytes(self) -> int:
        """Size in bytes of the largest file that is read."""
        return self.max_file_mb * MEGABYTE


class StorageSettings(BaseModel):
    """Storing: engines beyond this machine, for the two halves of the index."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    book: SecretStr | None = Field(
        default=None,
        description="Address of a PostgreSQL database that holds documents, lexical index and conversations,"
        " such as `postgresql://pincite@db.example/pincite`; files in the index folder if unset.",
    )
    vectors: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#@]*)?$",  # who we are is said in a header, never in the address
        description="Address of a Chroma server that holds the vectors, such as `http://127.0.0.1:8001`;"
        " files in the index folder if unset.",
    )
    vectors_token_file: Path | None = Field(
        default=None, description="File that holds the token a Chroma server asks for; none is sent if unset."
    )
    vectors_token_header: str = Field(
        default="X-Chroma-Token",
        pattern=r"^[A-Za-z0-9-]+$",
        description="Header the token is sent in; in `Authorization` it follows the word `Bearer`.",
    )
    vectors_tenant: str = Field(
        default="default_tenant", min_length=1, description="Tenant in the Chroma server."
    )
    vectors_database: str = Field(
        default="default_database", min_length=1, description="Database of that tenant."
    )
    vectors_collection: str = Field(
        default="pincite",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$",
        description="Collection in that database: one for each index.",
    )
    vectors_timeout_seconds: float = Field(
        default=10,
        ge=1,
        le=600,
        description="How long a question waits for the Chroma server, repeated tries included; storing"
        " vectors waits ten times as long.",
    )


class IndexSettings(BaseModel):
    """Everything an index is opened with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    index: Path = Field(
        default=Path(".pincite"),
        description="Folder of the index; nothing else is written to, a vector cache aside.",
    )
    ingest: IngestSettings = IngestSettings()
    storage: StorageSettings = StorageSettings()
