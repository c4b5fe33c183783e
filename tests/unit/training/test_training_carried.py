import numpy as np
import pytest
import torch

from qa.second_reading import CrossEncoder
from tests.unit.training.examples import window_of
from training.carried import dequantised_weights, reader_weights
from training.encoder import encode_states
from training.encoding import collate, encode
from training.model import START_STRENGTH, ReaderModel, fresh_model

NEAR = 0.3  # of logits from about -11 to 11: what 8-bit activations change
PAIRS = [
    ("When was the first bridge built?", "The first bridge was built in 1487 by Clara Dunmore."),
    ("When was the first bridge built?", "Sheep are counted on the hills every spring."),
    ("Who dug the harbour?", "The harbour of Lowmere was dug by Jonas Feld."),
]


@pytest.fixture(scope="module")
def model() -> ReaderModel:
    found = fresh_model(0).eval()
    found.dtype = torch.float32
    return found


@pytest.fixture(scope="module")
def logits() -> list[float]:
    """Of the carried graph."""
    reader = CrossEncoder()
    return [reader.score(question, [sentence])[0] for question, sentence in PAIRS]


def said(model: ReaderModel, question: str, sentence: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Last hidden states and log-odds of one sentence without a title."""
    window = window_of(
        question=question, context="", sentences=(sentence,), headings=(), golds=(), span=None, answers=()
    )
    batch = collate([encode(window)], [None])
    ids, types, mask, pooling = (
        torch.from_numpy(array) for array in (batch.ids, batch.types, batch.mask, batch.pooling)
    )
    with torch.inference_mode():
        return encode_states(model.bert, ids, types, mask, torch.float32), model(
            ids, types, mask, pooling
        ).log_odds


def test_every_weight_of_the_carried_model_is_found() -> None:
    weights = dequantised_weights()
    assert sum(name.startswith("bert.encoder.layer.") for name in weights) == 12 * 16
    assert weights["bert.embeddings.word_embeddings.weight"].shape == (30_522, 384)
    assert weights["bert.encoder.layer.11.output.dense.weight"].shape == (384, 1536)
    assert weights["bert.encoder.layer.0.intermediate.dense.weight"].shape == (1536, 384)
    assert weights["classifier.weight"].shape == (1, 384)
    assert all(value.dtype == "float32" for value in weights.values())


def test_dequantised_weights_say_what_the_carried_graph_says(model: ReaderModel, logits: list[float]) -> None:
    weights = dequantised_weights()
    classifier = [torch.from_numpy(weights[f"classifier.{part}"]) for part in ("weight", "bias")]
    for (question, sentence), logit in zip(PAIRS, logits, strict=True):
        states, _ = said(model, question, sentence)
        with torch.inference_mode():
            found = torch.nn.functional.linear(model.bert.pooler(states), *classifier)
        assert found.item() == pytest.approx(logit, abs=NEAR)


def test_the_first_log_odds_are_a_share_of_the_cross_encoder_s_logit(
    model: ReaderModel, logits: list[float]
) -> None:
    width = model.null.in_features
    own = model.sentence.weight[:, :width].detach().clone()
    with torch.no_grad():
        model.sentence.weight[:, :width] = 0
    found = [said(model, *pair)[1].item() for pair in PAIRS]
    with torch.no_grad():
        model.sentence.weight[:, :width] = own
    assert found == pytest.approx([START_STRENGTH * logit for logit in logits], abs=START_STRENGTH * NEAR)


def test_the_same_seed_starts_the_same_heads(model: ReaderModel) -> None:
    again, other = fresh_model(0), fresh_model(1)
    assert torch.equal(again.sentence.weight, model.sentence.weight)
    assert torch.equal(again.span.weight, model.span.weight)
    assert not torch.equal(other.span.weight, model.span.weight)
    assert not again.bert.embeddings.word_embeddings.weight.requires_grad


def test_the_forward_pass_is_that_of_transformers(model: ReaderModel) -> None:
    short = window_of(sentences=("Short.",), headings=(), golds=(), span=None)
    batch = collate([encode(window_of()), encode(short)], [None, None])
    ids, types, mask = (torch.from_numpy(array) for array in (batch.ids, batch.types, batch.mask))
    with torch.inference_mode():
        theirs = model.bert(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        ours, halved = (
            encode_states(model.bert, ids, types, mask, dtype) for dtype in (torch.float32, torch.bfloat16)
        )
    real = mask.bool()
    assert torch.allclose(ours[real], theirs[real], atol=1e-4)
    assert torch.allclose(halved[real].float(), theirs[real], atol=0.5)
    assert (halved[real].float() - theirs[real]).abs().mean() < 0.02


def test_padding_changes_nothing(model: ReaderModel) -> None:
    long, short = (
        encode(window_of()),
        encode(window_of(sentences=("A mill.",), headings=(), golds=(), span=None)),
    )
    alone, beside = collate([short], [None]), collate([short, long], [None, None])
    with torch.inference_mode():
        one, other = (
            model(*(torch.from_numpy(array) for array in (batch.ids, batch.types, batch.mask, batch.pooling)))
            for batch in (alone, beside)
        )
    assert other.log_odds[0, :1] == pytest.approx(one.log_odds[0].numpy(), abs=1e-4)


def test_the_reader_s_weights_are_those_of_the_cross_encoder_trained_on() -> None:
    ours = reader_weights()
    theirs = {
        name.removeprefix("bert."): value
        for name, value in dequantised_weights().items()
        if name.startswith("bert.")
    }
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        assert value.dtype == "float32"
        if value.ndim > 1:
            assert np.corrcoef(value.ravel(), theirs[name].ravel())[0, 1] > 0.7
