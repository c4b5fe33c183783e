"""Claims that people judged: AttributionBench, LFQA-Verification and Fool Me Twice, as pairs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.cutting import one_line
from training.support.pairs import Pair

SHORTEST = 5  # words; a shorter claim is a bare answer, which says something only after its question
PARTLY = 0.25  # what a judge's "partially" counts
DOCUMENTS = {"gpt3_whudoc": "human"}  # answers were judged by these documents, all others by WebGPT's
_MARK = re.compile(r"\s*\[\d+\]|</s>")
_ADDRESS = re.compile(r"^\[\d+\] \S+\s+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A claim of Fool Me Twice with the sentences that decide it and some of the same page that do not."""

    pair: Pair
    title: str
    others: tuple[str, ...]


def attribution_bench(path: Path) -> Iterator[Pair]:
    """Claims with all their references; those taken from LFQA-Verification are left out in training."""
    for number, row in enumerate(_lines(path)):
        references = " ".join(one_line(_ADDRESS.sub("", text)) for text in row["references"])
        yield Pair(
            id=f"attributionbench/{path.stem}/{number}",
            kind="judged",
            source=row["src_dataset"],
            group=row["question"],
            claim=_statement(row["question"], row["claim"]),
            premise=references,
            support=float(row["attribution_label"] == "attributable"),
        )


def lfqa_verification(folder: Path) -> Iterator[Pair]:
    """Sentences of long answers, each with all documents that the answer was judged by."""
    documents = {name: _documents(folder / "docs" / f"docs-{name}.json") for name in ("webgpt", "human")}
    for path in sorted((folder / "annotations").glob("annotations-*.json")):
        system = path.stem.removeprefix("annotations-")
        known = documents[DOCUMENTS.get(system, "webgpt")]
        for answer in json.loads(path.read_text(encoding="utf-8")):
            for number, judged in enumerate(answer["annotations"]):
                yield Pair(
                    id=f"lfqa/{system}/{answer['question_id']}/{number}",
                    kind="judged",
                    source="lfqa_verification",
                    group=answer["question"],
                    claim=_statement(answer["question"], judged["answer"]),
                    premise=known[answer["question_id"]],
                    support=_share(judged["labels"]),
                )


def fool_me_twice(path: Path) -> Iterator[Evidence]:
    """Claims written to mislead, each with its gold sentences."""
    for row in _lines(path):
        gold = [one_line(one["text"]) for one in row["gold_evidence"]]
        others = [one_line(one["text"]) for one in row["retrieved_evidence"]]
        pair = Pair(
            id=f"fool_me_twice/{row['id']}",
            kind="judged",
            source="fool_me_twice",
            group=row["wikipedia_page"],
            claim=one_line(row["text"]),
            premise=" ".join(gold),
            support=float(row["label"] == "SUPPORTS"),
            contradicted=True,
        )
        yield Evidence(pair, row["wikipedia_page"], tuple(text for text in others if text not in gold))


def _statement(question: str, claim: str) -> str:
    """The claim without citation marks, behind its question where it is a bare answer."""
    claim = one_line(_MARK.sub("", claim))
    return claim if len(claim.split()) >= SHORTEST else f"{one_line(question)} {claim}"


def _share(labels: list[str]) -> float:
    counted = {"supported": 1.0, "partially": PARTLY, "not_supported": 0.0}
    return sum(counted[label] for label in labels) / len(labels)


def _documents(path: Path) -> dict[int, str]:
    """What stands in the documents of each question."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        one["question_id"]: " ".join(f"{doc['title']}. {one_line(doc['text'])}" for doc in one["docs"])
        for one in found
    }


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield json.loads(line)
