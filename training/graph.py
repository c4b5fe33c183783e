"""Writing a BERT over two segments as an int8 graph; what stands on top of it is left to each model.

The graph follows `ingest.embedding.export`, with what a pair has besides: a second segment, and a table of
words in 8 bits, since half the parameters are word embeddings.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, TensorProto, helper
from torch import nn

from ingest.embedding.export import CONTRIB, Array, BertWriter
from training.report import note

EPSILON = 1e-12  # of BERT's layer norms
PLAIN = ""  # the operators of ONNX itself
SEGMENTED = (
    helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"]),
    helper.make_tensor_value_info("token_type_ids", TensorProto.INT64, [1, "tokens"]),
)


def bare_weights(model: nn.Module) -> dict[str, Array]:
    """A model's weights: of its encoder `bert` by their names in a `BertModel`, of its heads by their own."""
    weights = {name: value.detach().float().numpy() for name, value in model.state_dict().items()}
    return {name.removeprefix("bert."): value for name, value in weights.items()}


def write_graph(graph: ModelProto, path: Path) -> None:
    """Writes the file, the same graph always as the same bytes, and tells its digest."""
    onnx.checker.check_model(graph)
    content = graph.SerializeToString(deterministic=True)
    path.write_bytes(content)
    note(f"{path.name}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


class PairWriter(BertWriter):
    """Writes the encoder of a pair; a subclass writes its heads."""

    def write_pair_graph(
        self,
        name: str,
        layers: int,
        inputs: Sequence[onnx.ValueInfoProto],
        outputs: Sequence[onnx.ValueInfoProto],
    ) -> ModelProto:
        """The whole graph, of that many layers, from `inputs` to `outputs`."""
        self._constant("last_axis", np.array([-1], dtype=np.int64))
        self._constant("tiny", np.array(1e-9, dtype=np.float32))
        self._constant("first_axis", np.array([0], dtype=np.int64))
        hidden = self._embeddings()
        for layer in range(layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        self._heads_over(self._node("Squeeze", [hidden, "first_axis"], "tokens", domain=PLAIN))
        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._constants)
        opsets = [helper.make_opsetid(PLAIN, 18), helper.make_opsetid(CONTRIB, 1)]
        model: ModelProto = helper.make_model(
            graph, opset_imports=opsets, ir_version=9, producer_name="pincite"
        )
        return model

    def _heads_over(self, tokens: str) -> None:
        """Writes the heads, from token states (T, width)."""
        raise NotImplementedError

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

    def _pooled(self, tokens: str) -> str:
        """BERT's pooled state of the first token, (1, width)."""
        first = self._plain("Gather", [tokens, "first_axis"], "cls")
        return self._plain("Tanh", [self._linear(first, "pooler.dense")], "whole")

    def _linear(self, x: str, dense: str) -> str:
        """`x @ W.T + b` in 32 bits."""
        matrix = self._constant(dense + ".matrix", self._weights[dense + ".weight"].T)
        return self._plain("Gemm", [x, matrix, self._weight(dense + ".bias")], dense + ".out")

    def _gathered(self, table: str, numbers: str) -> str:
        return self._plain("Gather", [table, numbers], f"{table}.rows")

    def _plain(self, kind: str, inputs: list[str], output: str) -> str:
        return self._node(kind, inputs, output, domain=PLAIN)
