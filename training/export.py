"""Exporting the reader: `python -m training.export CHECKPOINT --out reader.onnx`.

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
from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper

from training.checkpoints import load_model
from training.graph import EPSILON, SEGMENTED, PairWriter, bare_weights, write_graph
from training.model import HEADS, LAYERS, ReaderModel

INPUTS = (
    *SEGMENTED,
    helper.make_tensor_value_info("pooling", TensorProto.FLOAT, ["sentences", "tokens"]),
)
OUTPUTS = (
    helper.make_tensor_value_info("sentence_scores", TensorProto.FLOAT, ["sentences"]),
    helper.make_tensor_value_info("span_logits", TensorProto.FLOAT, ["tokens", 2]),
)


def main() -> None:
    """Reads the arguments and writes the graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    write_graph(export(load_model(arguments.checkpoint)), arguments.out)


def export(model: ReaderModel) -> ModelProto:
    """The int8 graph of a trained model."""
    return ReaderWriter(bare_weights(model), HEADS, EPSILON).write_pair_graph(
        "reader", LAYERS, INPUTS, OUTPUTS
    )


class ReaderWriter(PairWriter):
    """Writes the reader's graph: of its weights, heads go by their names in `ReaderModel`."""

    def _heads_over(self, tokens: str) -> None:
        """All three heads, from token states (T, width); they are small and stay in 32 bits."""
        whole = self._pooled(tokens)
        nothing = self._linear(whole, "null")
        kept, shared = np.split(self._weights["sentence.weight"], 2, axis=1)
        means = self._plain("MatMul", ["pooling", tokens], "means")
        own = self._plain("MatMul", [means, self._constant("sentence.own", kept.T)], "own")
        common = self._plain("Gemm", [whole, self._constant("shared", shared.T), "sentence.bias"], "common")
        self._weight("sentence.bias")
        shift = self._plain("Sub", [common, nothing], "shift")
        odds = self._plain("Add", [own, shift], "odds")
        self._plain("Squeeze", [odds, "last_axis"], "sentence_scores")
        self._plain("Identity", [self._linear(tokens, "span")], "span_logits")


if __name__ == "__main__":
    main()
