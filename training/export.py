"""Exporting the reader: `python -m training.export CHECKPOINT --out reader.onnx`.

The graph follows `ingest.embedding.export`, with what a reader has besides: a second segment, heads, and
a table of words in 8 bits, since half the parameters are word embeddings.

| input | shape | |
|---|---|---|
| input_ids | int64 [1, T] | `[CLS] question [SEP] title. heading. sentence … [SEP]` |
| token_type_ids | int64 [1, T] | 0 up to the first [SEP], then 1 |
| pooling | float32 [S, T] | each row 1/n over its sentence's n tokens |

| output | shape | |
|---|---|---|
| sentence_scores | float32 [S] | log-odds of the sentence against "nothing here answers" |
| span_logits | float32 [T, 2] | first and last token of the short answer |
"""

import argparse
import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper

from ingest.embedding.export import CONTRIB, Array, BertWriter
from training.checkpoints import load_model
from training.model import HEADS, LAYERS, ReaderModel
from training.report import note

EPSILON = 1e-12  # of BERT's layer norms
PLAIN = ""  # the operators of ONNX itself


def main() -> None:
    """Reads the arguments and writes the graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    content = export(load_model(arguments.checkpoint)).SerializeToString(deterministic=True)
    arguments.out.write_bytes(content)
    note(f"{arguments.out.name}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


def export(model: ReaderModel) -> ModelProto:
    """The int8 graph of a trained model."""
    weights = {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
    bare = {name.removeprefix("bert."): value for name, value in weights.items()}
    graph = ReaderWriter(bare, HEADS, EPSILON).write(LAYERS)
    onnx.checker.check_model(graph)
    return graph


class ReaderWriter(BertWriter):
    """Writes the reader's graph.

    Args:
        weights: of the encoder by their names in a `BertModel`, of the heads by their names in `ReaderModel`.
        heads: attention heads of each layer.
        epsilon: of the layer norms.
    """

    def __init__(self, weights: Mapping[str, Array], heads: int, epsilon: float) -> None:
        super().__init__(weights, heads, epsilon)
        self._width = weights["null.weight"].shape[1]

    def write(self, layers: int) -> ModelProto:
        """The whole graph, of that many layers."""
        self._constant("last_axis", np.array([-1], dtype=np.int64))
        self._constant("tiny", np.array(1e-9, dtype=np.float32))
        self._constant("first_axis", np.array([0], dtype=np.int64))
        hidden = self._embeddings()
        for layer in range(layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        self._heads_over(self._node("Squeeze", [hidden, "first_axis"], "tokens", domain=PLAIN))
        graph = helper.make_graph(self._nodes, "reader", _inputs(), _outputs(), self._constants)
        opsets = [helper.make_opsetid(PLAIN, 18), helper.make_opsetid(CONTRIB, 1)]
        model: ModelProto = helper.make_model(
            graph, opset_imports=opsets, ir_version=9, producer_name="pincite"
        )
        return model

    def _embeddings(self) -> str:
        table = "embeddings."
        words = self._looked_up(table + "word_embeddings", "input_ids")
        types = self._gathered(self._weight(table + "token_type_embeddings.weight"), "token_type_ids")
        places = self._places(self._weight(table + "position_embeddings.weight"))
        summed = self._plain("Add", [words, types], table + "words_and_types")
        norm = [self._weight(table + f"LayerNorm.{part}") for part in ("weight", "bias")]
        return self._node(
            "SkipLayerNormalization", [summed, places, *norm], table + "normed", epsilon=self._epsilon
        )

    def _looked_up(self, table: str, numbers: str) -> str:
        """Rows of a table kept in int8 with one scale a row, (1, T, width)."""
        matrix = self._weights[table + ".weight"]
        scales = (np.abs(matrix).max(axis=1, keepdims=True) / 127).astype(np.float32)
        scales = np.maximum(scales, np.float32(1e-9))  # the row of a word that never occurs may be all zero
        rounded = self._constant(table + ".int8", np.rint(matrix / scales).astype(np.int8))
        rows = self._gathered(rounded, numbers)
        wide = self._node("Cast", [rows], table + ".cast", domain=PLAIN, to=TensorProto.FLOAT)
        return self._plain(
            "Mul", [wide, self._gathered(self._constant(table + ".scales", scales), numbers)], table
        )

    def _places(self, positions: str) -> str:
        """The first T rows of the position embeddings, (1, T, width)."""
        self._constant("one", np.array([1], dtype=np.int64))
        shape = self._plain("Shape", ["input_ids"], "shape")
        length = self._plain("Slice", [shape, "one", self._constant("two", np.array([2]))], "length")
        rows = self._plain("Slice", [positions, "first_axis", length, "first_axis"], "rows")
        return self._plain("Unsqueeze", [rows, "first_axis"], "places")

    def _heads_over(self, tokens: str) -> None:
        """All three heads, from token states (T, width); they are small and stay in 32 bits."""
        first = self._plain("Gather", [tokens, "first_axis"], "cls")
        whole = self._plain("Tanh", [self._linear(first, "pooler.dense")], "whole")
        nothing = self._linear(whole, "null")
        kept, shared = np.split(self._weights["sentence.weight"], [self._width], axis=1)
        means = self._plain("MatMul", ["pooling", tokens], "means")
        own = self._plain("MatMul", [means, self._constant("sentence.own", kept.T)], "own")
        common = self._plain("Gemm", [whole, self._constant("shared", shared.T), "sentence.bias"], "common")
        self._weight("sentence.bias")
        shift = self._plain("Sub", [common, nothing], "shift")
        odds = self._plain("Add", [own, shift], "odds")
        self._plain("Squeeze", [odds, "last_axis"], "sentence_scores")
        self._plain("Identity", [self._linear(tokens, "span")], "span_logits")

    def _linear(self, x: str, dense: str) -> str:
        """`x @ W.T + b` in 32 bits."""
        matrix = self._constant(dense + ".matrix", self._weights[dense + ".weight"].T)
        return self._plain("Gemm", [x, matrix, self._weight(dense + ".bias")], dense + ".out")

    def _gathered(self, table: str, numbers: str) -> str:
        return self._plain("Gather", [table, numbers], f"{table}.rows")

    def _plain(self, kind: str, inputs: list[str], output: str) -> str:
        return self._node(kind, inputs, output, domain=PLAIN)


def _inputs() -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"]),
        helper.make_tensor_value_info("token_type_ids", TensorProto.INT64, [1, "tokens"]),
        helper.make_tensor_value_info("pooling", TensorProto.FLOAT, ["sentences", "tokens"]),
    ]


def _outputs() -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info("sentence_scores", TensorProto.FLOAT, ["sentences"]),
        helper.make_tensor_value_info("span_logits", TensorProto.FLOAT, ["tokens", 2]),
    ]


if __name__ == "__main__":
    main()
