"""The baseline: scores that are promised, and what falls short of them."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import BadBaseline
from evals.score import LOWER_IS_BETTER, Table


class Promise(BaseModel):
    """A score, and by how much a run may miss it. Figures move a little from machine to machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    tolerance: float = Field(ge=0)


class Promises(BaseModel):
    """What is promised of the overall scores, by measure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    promises: Mapping[str, Promise] = Field(min_length=1)


def read_baseline(path: Path) -> Promises:
    """The baseline in a file.

    Raises:
        BadBaseline: if it cannot be read.
    """
    try:
        return Promises.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise BadBaseline(f"{path} is no baseline: {error}") from error


def shortfalls(baseline: Promises, table: Table) -> tuple[str, ...]:
    """A sentence for each promise that is not kept; a measure that was not taken keeps none.

    Raises:
        BadBaseline: if it promises a measure that does not exist.
    """
    unknown = sorted(baseline.promises.keys() - table.keys())
    if unknown:
        raise BadBaseline(f"the baseline promises {', '.join(map(repr, unknown))}, which is no measure")
    found = {name: table[name].value for name in baseline.promises}
    return tuple(
        f"{name} is {_shown(found[name])}, promised {promise.value:.3f} ± {promise.tolerance:.3f}"
        for name, promise in baseline.promises.items()
        if not _kept(name, promise, found[name])
    )


def _kept(name: str, promise: Promise, value: float | None) -> bool:
    if value is None:
        return False
    worse_by = value - promise.value if name in LOWER_IS_BETTER else promise.value - value
    return worse_by <= promise.tolerance + 1e-9  # rounding breaks no promise


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3f}"
