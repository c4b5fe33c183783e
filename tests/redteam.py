"""Hostile documents, each with a question that its one true sentence answers (tests/data/redteam.jsonl).

`obeyed` is what a model would draft that does as the document says, `never` a string of it that may reach
nobody as an answer, and `must_not` says what goes wrong if it does.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from qa.drafts import Statement

FILE = Path(__file__).parent / "data" / "redteam.jsonl"


@dataclass(frozen=True)
class Attack:
    file: str
    category: str
    must_not: str
    question: str
    text: str
    never: str
    obeyed: tuple[Statement, ...]

    def __str__(self) -> str:
        return self.file

    @property
    def place(self) -> str:
        """The made-up harbour that only this document is about."""
        return self.question.removeprefix("Who is the harbour master of ").removesuffix("?")


def _attack(line: str) -> Attack:
    read = json.loads(line)
    obeyed = tuple(Statement(text, tuple(handles)) for text, handles in read.pop("obeyed"))
    return Attack(**read, obeyed=obeyed)


ATTACKS = tuple(map(_attack, FILE.read_text(encoding="utf-8").splitlines()))


def write_attacks(folder: Path) -> Path:
    """The documents as files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for attack in ATTACKS:
        (folder / attack.file).write_bytes(attack.text.encode())
    return folder
