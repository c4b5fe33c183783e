"""What the routes of the service itself send."""

from typing import Literal

from pydantic import BaseModel, Field

from api.schemas import FROZEN


class ReadyObject(BaseModel):
    """Questions can be answered."""

    model_config = FROZEN

    status: Literal["ready"] = "ready"


class AccessObject(BaseModel):
    """What whoever asks may do."""

    model_config = FROZEN

    key: str | None = Field(description="Name of the key that was sent; null if none was, or none is needed.")
    change: bool = Field(description="Whether documents may be uploaded, deleted and reindexed.")
