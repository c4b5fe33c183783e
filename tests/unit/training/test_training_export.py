from itertools import combinations
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from tests.unit.training.examples import window_of
from training.encoding import Encoded, Floats, collate, encode
from training.export import export
from training.model import ReaderModel, fresh_model
from training.readers import GraphReader
from training.windows import Window

SCORES_NEAR = 0.15  # of log-odds: what int8 changes
SPANS_NEAR = 0.03  # of span logits, whose spread is about 0.12
LARGEST = 40_000_000  # bytes
OWN = 60.0  # fresh heads hardly tell sentences of a window apart; with it their spread is about 0.5

SENTENCES = (
    "Lowmere is a small town on the river Ald.",
    "The first bridge was built in 1487 by Clara Dunmore.",
    "Sheep are counted on the hills every spring!",
    "It burned down in 1633, and nobody knows why.",
    "The harbour of Lowmere was dug by Jonas Feld, who came from Karlow.",
)
WINDOWS = [
    window_of(sentences=SENTENCES, headings=(), golds=(), span=None),
    window_of(sentences=SENTENCES[::-1] * 3, headings=(2,), golds=(), span=None, context=""),
    window_of(sentences=SENTENCES[3:], headings=(), golds=(), span=None, question="Who dug the harbour?"),
    window_of(sentences=("A mill.",), headings=(), golds=(), span=None, question="?"),
]


@pytest.fixture(scope="module")
def model() -> ReaderModel:
    """Fresh, but with heads that tell the sentences of a window apart."""
    found = fresh_model(0).eval()
    found.dtype = torch.float32
    with torch.no_grad():
        found.sentence.weight[:, : found.null.in_features] *= OWN
    return found


@pytest.fixture(scope="module")
def content(model: ReaderModel) -> bytes:
    return export(model).SerializeToString(deterministic=True)


@pytest.fixture(scope="module")
def reader(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> GraphReader:
    path: Path = tmp_path_factory.mktemp("graph") / "reader.onnx"
    path.write_bytes(content)
    return GraphReader(path)


def said(model: ReaderModel, encoded: Encoded) -> tuple[Floats, Floats]:
    batch = collate([encoded], [None])
    with torch.inference_mode():
        found = model(
            *(torch.from_numpy(array) for array in (batch.ids, batch.types, batch.mask, batch.pooling))
        )
    return found.log_odds[0].numpy(), found.span[0].numpy()


@pytest.mark.parametrize("window", WINDOWS)
def test_the_graph_says_what_the_model_says(model: ReaderModel, reader: GraphReader, window: Window) -> None:
    encoded = encode(window)
    scores, span = said(model, encoded)
    graph_scores, graph_span = reader.run(encoded)
    assert graph_scores == pytest.approx(scores, abs=SCORES_NEAR)
    assert graph_span == pytest.approx(span, abs=SPANS_NEAR)


def test_the_graph_ranks_sentences_as_the_model_does(model: ReaderModel, reader: GraphReader) -> None:
    compared = 0
    for window in WINDOWS:
        encoded = encode(window)
        scores, (graph_scores, _) = said(model, encoded)[0], reader.run(encoded)
        assert int(graph_scores.argmax()) == int(scores.argmax())
        for one, other in combinations(range(len(scores)), 2):
            if abs(scores[one] - scores[other]) > SCORES_NEAR:
                compared += 1
                assert (graph_scores[one] > graph_scores[other]) == (scores[one] > scores[other])
    assert compared > 50


def test_the_same_model_makes_the_same_bytes_and_few_of_them(model: ReaderModel, content: bytes) -> None:
    assert export(model).SerializeToString(deterministic=True) == content
    assert len(content) < LARGEST


def test_the_graph_takes_and_gives_what_its_module_says(content: bytes) -> None:
    graph = onnx.load_from_string(content).graph
    shapes = {
        value.name: [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {
        "input_ids": [1, "tokens"],
        "token_type_ids": [1, "tokens"],
        "pooling": ["sentences", "tokens"],
        "sentence_scores": ["sentences"],
        "span_logits": ["tokens", 2],
    }


def test_word_embeddings_lose_less_than_half_a_step_of_their_row(model: ReaderModel, content: bytes) -> None:
    kept = {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(content).graph.initializer}
    table = "embeddings.word_embeddings"
    scales = kept[f"{table}.scales"]
    assert np.abs(kept[f"{table}.int8"].astype(int)).max(axis=1).min() == 127
    lost = np.abs(
        kept[f"{table}.int8"] * scales - model.bert.embeddings.word_embeddings.weight.detach().numpy()
    )
    assert (lost <= scales * 0.501).all()


def test_a_reading_holds_every_candidate_and_an_answer_of_the_best_sentence(reader: GraphReader) -> None:
    for window, found in zip(WINDOWS, reader.read(WINDOWS), strict=True):
        assert tuple(found.scores) == window.candidates
        assert found.answer
        assert found.answer in window.sentences[found.best]
    assert reader.read([window_of(sentences=("History",))])[0].scores == {}
