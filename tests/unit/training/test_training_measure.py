import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.unit.training.examples import HIGHFELL, LOWMERE, window_of
from training.dev_sets import Case, DevSet
from training.measure import measure_held_out
from training.readers import Reading
from training.windows import Window

FOUNDED = "It was founded by Ansel Brook in 1312."


class FakeReader:
    """Sure of windows whose names begin so; always points at the second sentence and answers "1487"."""

    def read(self, windows: Sequence[Window]) -> list[Reading]:
        return [Reading({1: float(window.id.startswith("sure")), 2: -1.0}, "1487") for window in windows]


def written(folder: Path, name: str, records: Sequence[dict[str, Any]]) -> None:
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


@pytest.fixture
def dev_set(tmp_path: Path) -> DevSet:
    documents = [
        {"_id": "a", "title": "Lowmere", "text": LOWMERE},
        {"_id": "b", "title": "", "text": HIGHFELL},
    ]
    asked = {"relevant": ["a"], "evidence": [[{"document": "a", "quote": FOUNDED}]], "answerable": True}
    questions = [
        {"id": "1", "question": "Who founded the town?", **asked},
        {"id": "2", "question": "Who counts sheep?", "relevant": [], "evidence": [], "answerable": False},
    ]
    written(tmp_path, "corpus.jsonl", documents)
    written(tmp_path, "questions.jsonl", questions)
    return DevSet(tmp_path)


def golds(case: Case) -> list[str]:
    return [window.sentences[n] for window in case.windows for n in window.golds]


def test_answerable_questions_are_read_on_their_documents_with_the_quote_as_gold(dev_set: DevSet) -> None:
    (case,) = dev_set.on_relevant()
    assert case.answerable
    assert golds(case) == [FOUNDED]
    assert " ".join(sentence for window in case.windows for sentence in window.sentences) == " ".join(
        LOWMERE.split()
    )


def test_unanswerable_questions_are_read_on_the_document_nearest_in_words(dev_set: DevSet) -> None:
    (case,) = dev_set.unanswerable()
    assert not case.answerable
    assert golds(case) == []
    assert {window.group for window in case.windows} == {"dev/b"}
    assert {window.context for window in case.windows} == {""}


def test_a_sample_is_read_on_many_documents_of_which_one_holds_the_gold_sentence(dev_set: DevSet) -> None:
    (case,) = dev_set.on_likeliest()
    assert {window.group for window in case.windows} == {"dev/a", "dev/b"}
    assert golds(case) == [FOUNDED]


def test_hand_computed_figures() -> None:
    told = [
        window_of(id="sure", golds=(1,)),
        window_of(id="unsure", golds=(2,)),
        window_of(id="sure, of a review", source="amazon", golds=(1, 2), answers=("in 1487",)),
        *(
            window_of(id=f"{how} {n}", kind="sibling", golds=())
            for n, how in enumerate(["unsure", "unsure", "sure", "dull"])
        ),
    ]
    figures = measure_held_out(FakeReader(), told)
    assert figures["held-out"] == {"first right": 0.5, "span F1": 1.0, "n": 2}
    assert figures["held-out, others"] == {"first right": 1.0, "span F1": pytest.approx(2 / 3), "n": 1}
    assert figures["held-out, sibling"] == {"auroc": pytest.approx(0.625), "n": 4}
    assert figures["held-out, removed"]["n"] == 0
