from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig

from tests.unit.training.examples import window_of
from training import checkpoints, loop, train
from training.checkpoints import LATEST, load_model, restore, save
from training.encoding import Batch, collate, encode
from training.loop import HEAD_RATE, LEARNING_RATE, Plan, make_optimiser
from training.model import ReaderModel
from training.train import Data, take_step
from training.windows import AnswerSpan, write_windows

WORDS = ("mill", "river", "harbour", "bridge", "town", "sheep")
PLAN = Plan(steps=6, batch=4)


class Killed(RuntimeError):
    pass


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every model made be one of one layer, with weights that follow from the seed."""
    small = {"num_hidden_layers": 1, "hidden_size": 24, "intermediate_size": 32}

    def config(**asked: Any) -> BertConfig:  # noqa: ANN401 - whatever a config takes
        return BertConfig(**(asked | small))

    monkeypatch.setattr("training.model.BertConfig", config)
    monkeypatch.setattr(train, "fresh_model", model_of)
    monkeypatch.setattr(checkpoints, "fresh_model", model_of)


def model_of(seed: int) -> ReaderModel:
    torch.manual_seed(seed)
    model = ReaderModel()
    model.bert.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    return model


def batch_of(number: int) -> Batch:
    sentences = tuple(f"There is a {WORDS[(number + n) % 6]} here." for n in range(3))
    window = window_of(
        sentences=sentences, headings=(), golds=(number % 3,), span=AnswerSpan(number % 3, 11, 14)
    )
    return collate([encode(window)], [[3.0, 1.0, -2.0]])


def weights(model: ReaderModel) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


def data_in(folder: Path) -> Data:
    written = [
        window_of(
            id=str(number),
            question=f"What says {WORDS[number % 6]}?",
            sentences=tuple(f"Line {n} says {WORDS[(number + n) % 6]}." for n in range(3)),
            headings=(),
            golds=(number % 3,) if number % 2 else (),
            span=None,
        )
        for number in range(24)
    ]
    write_windows(folder / "train.jsonl", written)
    return Data([folder / "train.jsonl"], [], PLAN.batch)


def dies_at(step: int, taken: Callable[..., dict[str, float]]) -> Callable[..., dict[str, float]]:
    counted: list[int] = []

    def take(*arguments: Any) -> dict[str, float]:  # noqa: ANN401 - passed on
        counted.append(1)
        if len(counted) == step:
            raise Killed
        return taken(*arguments)

    return take


def test_a_restored_model_goes_on_as_the_saved_one_does(tmp_path: Path) -> None:
    model = model_of(1)
    optimiser = make_optimiser(model)
    for number in range(3):
        take_step(model, optimiser, batch_of(number))
    save(tmp_path / LATEST, model, optimiser, 3)
    drawn = torch.rand(2)
    for number in range(3, 6):
        take_step(model, optimiser, batch_of(number))

    other = model_of(2)
    again = make_optimiser(other)
    assert restore(tmp_path / LATEST, other, again) == 3
    assert torch.equal(torch.rand(2), drawn)
    for number in range(3, 6):
        take_step(other, again, batch_of(number))
    assert same(weights(model), weights(other))
    assert not same(weights(model), weights(model_of(1)))


def test_a_model_that_is_loaded_to_read_is_the_saved_one(tmp_path: Path) -> None:
    model = model_of(1)
    save(tmp_path / LATEST, model, make_optimiser(model), 0)
    loaded = load_model(tmp_path / LATEST)
    assert same(weights(loaded), weights(model))
    assert not loaded.training


def test_a_save_that_fails_leaves_the_old_checkpoint_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(1)
    optimiser = make_optimiser(model)
    save(tmp_path / LATEST, model, optimiser, 1)

    def fails(_: object, file: Any) -> None:  # noqa: ANN401 - any file
        file.write(b"half of a")
        raise Killed

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(Killed):
        save(tmp_path / LATEST, model, optimiser, 2)
    assert restore(tmp_path / LATEST, model_of(2), optimiser) == 1


@pytest.mark.parametrize("step", [2, 5, 6])
def test_a_killed_run_ends_with_the_weights_it_would_have_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    data = data_in(tmp_path)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    train.train(data, PLAN, whole)
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(train, "take_step", dies_at(step, take_step))
    with pytest.raises(Killed):
        train.train(data, PLAN, killed)
    monkeypatch.setattr(train, "take_step", take_step)
    train.train(data, PLAN, killed)
    one, other = (load_model(folder / LATEST).state_dict() for folder in (whole, killed))
    assert same(one, other)


def test_a_run_that_ran_out_of_windows_says_how_many_steps_it_took(tmp_path: Path) -> None:
    data = data_in(tmp_path)
    train.train(data, Plan(steps=100, batch=4), tmp_path)
    model = model_of(0)
    assert restore(tmp_path / LATEST, model, make_optimiser(model)) == 6


def test_steps_bring_the_loss_down() -> None:
    model = model_of(1)
    optimiser = make_optimiser(model)
    for group in optimiser.param_groups:
        group["lr"] = 3e-3
    found = [take_step(model, optimiser, batch_of(0)) for _ in range(40)]
    for part in ("choice", "binary", "span", "teacher"):
        assert found[-1][part] < found[0][part] / 2


def test_word_embeddings_stay_and_the_heads_learn_faster_than_the_rest() -> None:
    model = model_of(1)
    optimiser = make_optimiser(model)
    before = weights(model)
    take_step(model, optimiser, batch_of(0))
    changed = {name for name, value in weights(model).items() if not torch.equal(value, before[name])}
    assert "bert.embeddings.word_embeddings.weight" not in changed
    assert {"sentence.weight", "null.weight", "span.weight", "bert.pooler.dense.weight"} <= changed
    rates = {id(weight): group["full_rate"] for group in optimiser.param_groups for weight in group["params"]}
    assert rates[id(model.null.weight)] == HEAD_RATE
    assert rates[id(model.bert.pooler.dense.weight)] == LEARNING_RATE
    assert all(
        (group["weight_decay"] > 0) == (weight.ndim > 1)
        for group in optimiser.param_groups
        for weight in group["params"]
    )


@given(st.integers(1, 10_000))
def test_the_rate_rises_to_its_whole_and_falls_to_nothing(steps: int) -> None:
    rate = partial(Plan.rate, Plan(steps, 32))
    rates = [rate(step) for step in range(0, steps + 1, max(1, steps // 50))]
    top = rates.index(max(rates))
    assert all(0 <= one <= 1 for one in rates)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rate(steps) == 0
    assert rate(steps + 1) == 0


def test_batches_go_on_behind_those_that_were_skipped(tmp_path: Path) -> None:
    data = data_in(tmp_path)
    every = [batch.ids.tolist() for batch in data.batches(0)]
    assert [batch.ids.tolist() for batch in data.batches(2)] == every[2:]
    assert len(every) == 6
