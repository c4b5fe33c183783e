"""Pairs: a claim and what it cites, as lines of a file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A claim and the sentences it is to be carried by.

    Attributes:
        id: names the pair; unique within a file.
        kind: "judged" by people, or how it was made (see `claims` and `slips`).
        source: data set it comes from.
        group: question, page or article; pairs of one group are never divided between training and test.
        claim: one sentence, mostly.
        premise: what is cited, on one line.
        support: share of judges (0–1) who find that the premise carries the whole claim.
        contradicted: what is true of an unsupported claim: that the premise says otherwise, that it
            says too little, or that nobody told (None).
    """

    id: str
    kind: str
    source: str
    group: str
    claim: str
    premise: str
    support: float
    contradicted: bool | None = None

    @property
    def carried(self) -> bool:
        """Whether most judges find the claim supported."""
        return self.support > 0.5


def write_pairs(path: Path, pairs: Iterable[Pair]) -> None:
    """Writes one JSON object a line."""
    with path.open("w", encoding="utf-8") as file:
        for pair in pairs:
            file.write(json.dumps(asdict(pair), ensure_ascii=False) + "\n")


def read_pairs(path: Path) -> Iterator[Pair]:
    """The pairs of a file, in its order."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield Pair(**json.loads(line))
