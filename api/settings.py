"""The settings tree, and how it is read: flags, then environment, then `pincite.toml`, then defaults.

Only doors read settings; everything behind them is handed what it needs.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from api.errors import BadSettings
from qa.settings import AssistantSettings

PREFIX = "PINCITE_"
TOML_FILE = Path("pincite.toml")

Flag = str | int | Path | None


class ServeSettings(BaseModel):
    """Serving over HTTP: where, and how much is taken in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on; any but a loopback address lets others in, with API keys.",
    )
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    max_body_kb: int = Field(
        default=1024, ge=1, le=65536, description="Requests with a body of more kilobytes are refused."
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Host names to answer to besides this machine's own while listening on a loopback"
        " address, such as the name a reverse proxy passes on; a JSON list in the environment.",
    )
    allow_anonymous: Literal["nothing", "read", "write"] = Field(
        default="nothing",
        description="What may be done without an API key where keys are asked for: on any address but a"
        " loopback one, behind `allowed_hosts`, and everywhere once there is a key. `nothing`, `read`"
        " (ask, search, read, verify) or `write` (change documents, too).",
    )
    requests_per_minute: int = Field(
        default=300,
        ge=1,
        le=1_000_000,
        description="Requests of one client (a key, or an address) in a minute; more are refused.",
    )
    max_running: int = Field(
        default=8, ge=1, le=1000, description="Requests that are worked on at the same time."
    )
    max_waiting: int = Field(
        default=32, ge=0, le=10_000, description="Requests that wait for their turn; more are refused."
    )
    max_wait_seconds: float = Field(
        default=10, gt=0, le=600, description="How long a request waits for its turn before it is refused."
    )
    max_body_seconds: float = Field(
        default=120, gt=0, le=3600, description="Requests whose body takes longer to arrive are refused."
    )
    stop_seconds: int = Field(
        default=5, ge=1, le=600, description="How long answers at hand may take when the server is stopped."
    )
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=600,
        description="How long the server goes on taking questions after SIGTERM, while `/readyz` says 503 so"
        " that whoever shares out the questions sends no more.",
    )
    uploads: Path | None = Field(
        default=None,
        description="Folder in which uploaded files are kept; `uploads` in the index folder if unset.",
    )
    max_upload_files: int = Field(default=100, ge=1, le=1000, description="Files in one upload at most.")
    max_upload_mb: int = Field(
        default=200,
        ge=1,
        le=10_000,
        description="Uploads of more megabytes in all are refused; `ingest.max_file_mb` holds for each file.",
    )
    max_job_minutes: int = Field(
        default=60,
        ge=1,
        le=10_000,
        description="Reading what was uploaded at once is given up after so many.",
    )
    max_queued_jobs: int = Field(
        default=16, ge=1, le=1000, description="Uploads that wait to be ingested at most; more are refused."
    )


class ConversationSettings(BaseModel):
    """Conversations that the server keeps: how much of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_turns: int = Field(
        default=200, ge=1, le=10_000, description="Turns in one conversation; a further question is refused."
    )
    max_kept: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Conversations that are kept for one key, or for all who ask without; those used longest"
        " ago make room for new ones.",
    )
    max_days: int = Field(
        default=90, ge=1, le=36_500, description="Conversations not used for more days are forgotten."
    )


class TelemetrySettings(BaseModel):
    """Traces of requests, for whoever collects them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: AnyHttpUrl | None = Field(
        default=None,
        description="Address of an OpenTelemetry collector (OTLP over HTTP) such as `http://127.0.0.1:4318`;"
        " nothing is recorded or sent without one. Needs the extra `otel`.",
    )
    service: str = Field(default="pincite", min_length=1, description="Name of this server in its traces.")
    share: float = Field(
        default=1,
        ge=0,
        le=1,
        description="Share of requests that are traced; for those that bring a `traceparent`, it decides.",
    )


class Settings(AssistantSettings, BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        # One split: PINCITE_INGEST_EMBEDDING_MODEL is `embedding_model` of `ingest`.
        env_nested_max_split=1,
        toml_file=TOML_FILE,
    )

    serve: ServeSettings = ServeSettings()
    conversations: ConversationSettings = ConversationSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is read, the strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(flags: Mapping[str, Flag] | None = None) -> Settings:
    """Reads the settings for one run.

    Args:
        flags: values by dotted name, such as `serve.port`; None stands for a flag not given.

    Raises:
        BadSettings: naming each setting that cannot be, and where it was set.
    """
    _refuse_unknown_variables(os.environ)
    given = _nested({name: value for name, value in (flags or {}).items() if value is not None})
    try:
        return Settings(**given)  # type: ignore[arg-type] # pydantic checks what the flags hold
    except ValidationError as error:
        problems = (_problem(detail, flags or {}) for detail in error.errors())
        raise BadSettings("; ".join(problems)) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{TOML_FILE} is not TOML: {error}") from error
    except SettingsError as error:
        raise BadSettings(f"{error}: a list is given as JSON") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"{TOML_FILE} cannot be read: {error}") from error


def settings_fields(
    model: type[BaseModel] = Settings, prefix: tuple[str, ...] = ()
) -> Iterator[tuple[str, FieldInfo]]:
    """Every single setting by its dotted name, in order."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from settings_fields(inner, (*prefix, name))
        else:
            yield ".".join((*prefix, name)), field


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.replace(".", "_").upper()


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """A mistyped variable would otherwise be passed over in silence.

    Raises:
        BadSettings: naming each, and the nearest there is.
    """
    known = [variable_of(name) for name, _ in settings_fields()]
    # Upper case on both sides: pydantic-settings reads the names without regard to case.
    unknown = sorted(
        name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        raise BadSettings(
            "; ".join(f"unknown variable {name}{_nearest(name.upper(), known)}" for name in unknown)
        )


def _nearest(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1, cutoff=0.0)
    return f": did you mean {close[0]}?" if close else ""


def _nested(flat: Mapping[str, Flag]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for name, value in flat.items():
        group, _, leaf = name.rpartition(".")
        if group:
            branch = tree.setdefault(group, {})
            assert isinstance(branch, dict)  # noqa: S101 - groups and settings have different names
            branch[leaf] = value
        else:
            tree[leaf] = value
    return tree


def _problem(detail: ErrorDetails, flags: Mapping[str, Flag]) -> str:
    """One complaint of pydantic's in our words."""
    names = [name for name, _ in settings_fields()]
    name = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{TOML_FILE}: unknown key {name}{_nearest(name, names)}"
    told = f"{_place_of(name, flags)}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    return told if "@" in str(detail["input"]) else f"{told}, not {detail['input']!r}"  # a password, perhaps


def _place_of(name: str, flags: Mapping[str, Flag]) -> str:
    """Where a setting got its value."""
    if flags.get(name) is not None:
        return f"--{name.rpartition('.')[2].replace('_', '-')}"
    variable = variable_of(name)
    if variable in (given.upper() for given in os.environ):
        return variable
    return f"{TOML_FILE}: {name}"
