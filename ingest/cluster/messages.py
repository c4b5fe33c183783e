"""What the process that speaks with Ray tells the one that started it."""

from dataclasses import dataclass

LOCAL = "local"  # address of a cluster that is started for the time being


@dataclass(frozen=True, slots=True)
class Size:
    """Message: how many cores the cluster has now; the first one says that it can be used."""

    cores: int


@dataclass(frozen=True, slots=True)
class Done:
    """Message: an order's pickled result."""

    number: int
    result: bytes


@dataclass(frozen=True, slots=True)
class Died:
    """Message: an order had no result; `alone` if its worker died rather than a machine."""

    number: int
    reason: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Unusable:
    """Last message: the cluster cannot be used at all."""

    reason: str


Message = Size | Done | Died | Unusable
