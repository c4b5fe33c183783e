import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.reading import LONGEST_ANSWER
from qa.second_reading import CrossEncoder
from tests.unit.training.examples import window_of, windows
from training.encoding import encode
from training.label import EVERY, KINDS, MOST_SENTENCES, label, read_labels, worth_labelling
from training.readers import Reading, reading
from training.windows import Window, write_windows


def labelled(number: int) -> Window:
    return window_of(id=str(number), sentences=(f"Number {number}.",), headings=(), golds=(), span=None)


@settings(deadline=None)
@given(windows(), st.integers(0, 1_000))
def test_the_answer_is_the_likeliest_run_of_tokens_in_the_best_sentence(window: Window, seed: int) -> None:
    encoded = encode(window)
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=len(encoded.bounds) + 2).astype(np.float32)
    span = rng.normal(size=(len(encoded.ids), 2)).astype(np.float32)
    found = reading(window, encoded, scores, span)
    if not encoded.bounds:
        assert found == Reading({})
        return
    place = int(scores[: len(encoded.bounds)].argmax())
    start, end = encoded.bounds[place]
    runs = [(a, b) for a in range(start, end) for b in range(a, min(end, a + LONGEST_ANSWER))]
    first, last = max(runs, key=lambda run: span[run[0], 0] + span[run[1], 1])
    number = encoded.candidates[place]
    assert found.best == number
    assert found.confidence == pytest.approx(float(scores[place]))
    assert found.answer == window.sentences[number][encoded.offsets[first][1] : encoded.offsets[last][2]]


def test_a_reading_of_nothing_is_sure_of_nothing() -> None:
    assert Reading({}).best == -1
    assert Reading({}).confidence == -math.inf
    assert Reading({3: 0.5, 1: 2.0}).best == 1


def test_the_teacher_is_asked_of_every_other_window_it_has_something_to_say_on() -> None:
    fit = [window_of(id=f"fit {n}", kind=KINDS[n % len(KINDS)]) for n in range(7)]
    unfit = [
        window_of(id="removed", kind="removed"),
        window_of(id="policy", source="policyqa"),
        window_of(id="long", sentences=("Ann.",) * (MOST_SENTENCES + 1)),
    ]
    chosen = list(worth_labelling(iter([*unfit, *fit, *unfit])))
    assert chosen == fit[::EVERY]


def test_labels_are_those_of_the_cross_encoder_and_not_asked_for_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str]]] = []

    def score(_: CrossEncoder, question: str, sentences: list[str]) -> tuple[float, ...]:
        asked.append((question, sentences))
        return tuple(n + 0.12345 for n in range(len(sentences)))

    monkeypatch.setattr(CrossEncoder, "score", score)
    write_windows(tmp_path / "windows.jsonl", [window_of(id="a"), window_of(id="b"), window_of(id="c")])
    label(tmp_path / "windows.jsonl", tmp_path / "labels.jsonl", 60)
    assert read_labels(tmp_path / "labels.jsonl") == {"a": [0.123, 1.123, 2.123], "c": [0.123, 1.123, 2.123]}
    assert asked[0][1][1] == "Lowmere. History. Lowmere is a town."
    label(tmp_path / "windows.jsonl", tmp_path / "labels.jsonl", 60)
    assert len(asked) == 2


def test_a_label_that_was_cut_off_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps(["a", [1.0, -2.5]]) + '\n["b", [0.5, 1.', encoding="utf-8")
    assert read_labels(path) == {"a": [1.0, -2.5]}


def test_labels_that_follow_one_that_was_cut_off_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CrossEncoder, "score", lambda *_: (1.0,))
    write_windows(tmp_path / "windows.jsonl", [labelled(0)])
    path = tmp_path / "labels.jsonl"
    path.write_text('["b", [0.5, 1.', encoding="utf-8")
    label(tmp_path / "windows.jsonl", path, 60)
    assert read_labels(path) == {"0": [1.0]}
