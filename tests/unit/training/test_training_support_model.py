from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from transformers import BertConfig

from qa.entailment import MAX_CLAIM, MAX_PREMISE, support_odds
from training.checkpoints import LATEST, restore, save
from training.loop import HEAD_RATE, Plan, descend, make_optimiser
from training.support import model as models
from training.support.encoding import Row, collate_pairs, pad, tokenised
from training.support.export import export
from training.support.measure import balanced_accuracy, figures_of, fit, measure
from training.support.model import SupportModel, Verdicts, fresh_support_model, verdict_loss
from training.support.pairs import Pair, write_pairs
from training.support.scorers import FloatScorer, GraphScorer, LexicalScorer
from training.support.train import pair_batches, take_step

NEAR = 0.15  # of log-odds: what int8 changes
SAID = "The first bridge was built in 1487 by Clara Dunmore."
PAIRS = [
    Pair("1", "claim", "made", "a", "The first bridge was built in 1487.", SAID, 1.0),
    Pair("2", "number", "made", "a", "The first bridge was built in 1488.", SAID, 0.0, contradicted=True),
    Pair("3", "elsewhere", "made", "b", "Sheep graze there.", SAID, 0.0, contradicted=False),
    Pair("4", "judged", "lfqa", "b", "A bridge was built.", f"{SAID} " * 60, 0.75),
]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every model made be one of one layer, with weights that follow from the seed."""
    small = {"num_hidden_layers": 1, "hidden_size": 24, "intermediate_size": 32}

    def config(**asked: Any) -> BertConfig:  # noqa: ANN401 - whatever a config takes
        return BertConfig(**(asked | small))

    monkeypatch.setattr("training.model.BertConfig", config)


def model_of(seed: int) -> SupportModel:
    torch.manual_seed(seed)
    model = SupportModel()
    model.bert.embeddings.word_embeddings.weight.requires_grad_(requires_grad=False)
    return model


def test_a_loss_asks_for_the_judges_shares_and_leaves_open_what_nobody_told() -> None:
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))

    def loss(support: float, *reasons: bool) -> float:
        verdicts = Verdicts(torch.tensor([support]), torch.tensor([reasons]))
        return verdict_loss(logits, verdicts).item()

    assert loss(1.0, True, True) == pytest.approx(-np.log(0.5))
    assert loss(0.0, True, True) == pytest.approx(-np.log(0.5))
    assert loss(0.0, True, False) == pytest.approx(-np.log(0.3))
    assert loss(0.0, False, True) == pytest.approx(-np.log(0.2))
    assert loss(0.5, True, False) == pytest.approx(-(np.log(0.5) + np.log(0.3)) / 2)


def test_a_batch_holds_claim_and_premise_and_what_is_right() -> None:
    batch = collate_pairs(PAIRS)
    assert batch.support.tolist() == [1.0, 0.0, 0.0, 0.75]
    assert batch.open.tolist() == [[True, True], [True, False], [False, True], [True, True]]
    inputs = batch.inputs
    assert inputs.ids.shape == inputs.types.shape == inputs.mask.shape
    assert ((inputs.ids > 0) == (inputs.mask == 1)).all()
    assert (inputs.types <= inputs.mask).all()
    assert (inputs.ids == 102).sum(axis=1).tolist() == [2, 2, 2, 2]


def test_what_is_too_long_is_cut() -> None:
    inputs = pad([Row([7] * 900, [8] * 900), Row([7], [8])])
    assert inputs.ids.shape == (2, MAX_CLAIM + MAX_PREMISE + 3)
    assert inputs.mask.sum(axis=1).tolist() == [MAX_CLAIM + MAX_PREMISE + 3, 5]


@pytest.mark.usefixtures("tiny")
def test_steps_bring_the_loss_down_and_the_head_learns_faster_than_the_rest() -> None:
    model = model_of(1)
    optimiser = make_optimiser(model)
    rates = {id(weight): group["full_rate"] for group in optimiser.param_groups for weight in group["params"]}
    assert rates[id(model.verdict.weight)] == HEAD_RATE
    for group in optimiser.param_groups:
        group["lr"] = 3e-3
    batch = collate_pairs(PAIRS[:3])
    found = [take_step(model, optimiser, batch)["verdict"] for _ in range(60)]
    assert found[-1] < found[0] / 2


@pytest.mark.usefixtures("tiny")
def test_a_killed_run_goes_on_with_the_batch_it_had_come_to(tmp_path: Path) -> None:
    def batches(skipped: int) -> Any:  # noqa: ANN401 - an iterator of batches
        return pair_batches([PAIRS, PAIRS[::-1], PAIRS], 2, skipped)

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    killed.mkdir()
    plan = Plan(steps=6, batch=2)
    descend(model_of(3), batches, take_step, plan, whole)
    model = model_of(3)
    optimiser = make_optimiser(model)
    for number, batch in zip(range(3), batches(0), strict=False):
        for group in optimiser.param_groups:
            group["lr"] = group["full_rate"] * plan.rate(number)
        take_step(model, optimiser, batch)
    save(killed / LATEST, model, optimiser, 3)
    descend(model_of(4), batches, take_step, plan, killed)
    one, other = model_of(5), model_of(6)
    assert restore(whole / LATEST, one, make_optimiser(one)) == 6
    assert restore(killed / LATEST, other, make_optimiser(other)) == 6
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in one.state_dict().items())


@pytest.mark.usefixtures("tiny")
def test_all_lengths_of_premise_are_scored_in_the_order_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(1)
    save(tmp_path / LATEST, model, make_optimiser(model), 0)
    scorer = FloatScorer(tmp_path / LATEST)
    together = scorer.score(PAIRS)
    assert together == pytest.approx([scorer.score([pair])[0] for pair in PAIRS], abs=0.05)
    assert scorer.score([]) == []


@pytest.fixture(scope="module")
def trained() -> SupportModel:
    """The reader's encoder under a head that tells pairs apart."""
    found = fresh_support_model(0).eval()
    found.dtype = torch.float32
    with torch.no_grad():
        found.verdict.weight *= 5
    return found


def test_the_graph_says_what_the_model_says(trained: SupportModel, tmp_path: Path) -> None:
    graph = export(trained)
    (tmp_path / "support.onnx").write_bytes(graph.SerializeToString(deterministic=True))
    found = GraphScorer(tmp_path / "support.onnx").score(PAIRS[:3])
    inputs = [pad(tokenised([pair])) for pair in PAIRS[:3]]
    with torch.inference_mode():
        said = [
            trained(*(torch.from_numpy(array) for array in (one.ids, one.types, one.mask)))[0].numpy()
            for one in inputs
        ]
    assert found == pytest.approx([support_odds(row) for row in said], abs=NEAR)


def test_the_graph_takes_and_gives_what_its_module_says(trained: SupportModel) -> None:
    graph: onnx.GraphProto = export(trained).graph
    shapes = {
        value.name: [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {"input_ids": [1, "tokens"], "token_type_ids": [1, "tokens"], "logits": [3]}


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="weights do not fit"):
        fresh_support_model(0, {"pooler.dense.bias": np.zeros(384, dtype=np.float32)})
    assert models.CLASSES[0] == "supported"


def test_the_threshold_and_the_probabilities_are_fitted_to_what_is_right() -> None:
    scores = [-3.0, -2.0, -1.0, 0.5, 1.0, 2.0, 3.0, -0.5]
    right = [False, False, False, True, True, True, True, True]
    fitted = fit(scores, right)
    assert -1.0 < fitted.threshold < -0.5
    assert fitted.slope > 0
    assert fitted.probability(3.0) > 0.9 > 0.1 > fitted.probability(-3.0)
    assert fitted.probability(float("-inf")) == pytest.approx(0)
    assert balanced_accuracy(scores, right, fitted.threshold) == 1
    assert balanced_accuracy(scores, right, 1.5) == pytest.approx((0.4 + 1) / 2)
    assert balanced_accuracy([1.0], [True], 0.0) is None


def test_figures_tell_sets_sources_and_kinds_apart(tmp_path: Path) -> None:
    made = [
        Pair(f"{n}", kind, source, "g", f"The bridge was built in {1400 + n}.", SAID, support)
        for n in range(60, 110)
        for kind, source, support in (("claim", "one", 1.0), ("number", "two", 0.0))
        if (n == 87) == (kind == "claim") or n % 2
    ]
    for name in ("development", *(f"test-{name}" for name in ("attributionbench", "ood", "lfqa", "fm2"))):
        write_pairs(tmp_path / f"{name}.jsonl", made)
    write_pairs(tmp_path / "test-synthetic.jsonl", made)
    figures = measure(LexicalScorer(), tmp_path)
    assert {"fitted", "development", "ood", "fm2, claim", "synthetic, number"} <= figures.keys()
    assert "ood, one" not in figures
    assert figures["ood"]["n"] == len(made)
    right = figures["synthetic, number"]["right"]
    assert right is not None
    assert 0.9 < right <= 1


def test_a_set_without_wrong_claims_has_no_auroc() -> None:
    fitted = fit([0.0, 1.0], [False, True])
    assert figures_of(PAIRS[:1], [1.0], fitted)["auroc"] is None
