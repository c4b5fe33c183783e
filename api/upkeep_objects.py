"""What an examination of an index is told as."""

from pydantic import BaseModel, Field

from api.schemas import FROZEN


class FindingObject(BaseModel):
    """One thing that is not as it should be in an index folder."""

    model_config = FROZEN

    part: str = Field(description="Of the index folder, such as `vectors`.")
    told: str
    consequence: str
    fault: bool = Field(description="False for what the next ingest or start of the server sets right.")


class ExaminationObject(BaseModel):
    """What is wrong with an index folder, and what a repair did about it."""

    model_config = FROZEN

    sound: bool
    findings: tuple[FindingObject, ...] = Field(description="What is wrong now, after the repair if any.")
    repaired: tuple[str, ...] = ()
    lost: tuple[str, ...] = Field(default=(), description="What could not be brought back.")


class BackupObject(BaseModel):
    """What a backup holds, or what was restored from it."""

    model_config = FROZEN

    path: str = Field(description="The archive.")
    documents: int
    passages: int
    files: int = Field(description="Files in the archive, uploads among them.")
