"""Exporting the entailment model: `python -m training.support.export CHECKPOINT --out support.onnx`.

| input | shape | |
|---|---|---|
| input_ids | int64 [1, T] | `[CLS] claim [SEP] premise [SEP]` |
| token_type_ids | int64 [1, T] | 0 up to the first [SEP], then 1 |

| output | shape | |
|---|---|---|
| logits | float32 [3] | supported, contradicted, not enough |
"""

import argparse
from pathlib import Path

from onnx import ModelProto, TensorProto, helper

from training.checkpoints import fill
from training.graph import EPSILON, SEGMENTED, PairWriter, bare_weights, write_graph
from training.model import HEADS
from training.support.model import CLASSES, SupportModel

OUTPUTS = (helper.make_tensor_value_info("logits", TensorProto.FLOAT, [len(CLASSES)]),)


def main() -> None:
    """Reads the arguments and writes the graph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    model = SupportModel()
    fill(arguments.checkpoint, model)
    write_graph(export(model), arguments.out)


def export(model: SupportModel) -> ModelProto:
    """The int8 graph of a trained model."""
    writer = SupportWriter(bare_weights(model), HEADS, EPSILON)
    return writer.write_pair_graph("support", model.bert.config.num_hidden_layers, SEGMENTED, OUTPUTS)


class SupportWriter(PairWriter):
    """Writes the entailment model's graph: of its weights, the head goes by its name in `SupportModel`."""

    def _heads_over(self, tokens: str) -> None:
        logits = self._linear(self._pooled(tokens), "verdict")
        self._plain("Squeeze", [logits, "first_axis"], "logits")


if __name__ == "__main__":
    main()
