"""Turning the official safetensors of a small BERT into an int8 ONNX file, once, without torch.

The encoder is written out operator by operator (it has five kinds), rather than traced from torch: the
graph is then the same whatever versions of torch and transformers are installed, and neither is needed.

How it is quantised (figures in docs/decisions/0005-embedding-route.md):

* weights: symmetric int8, one scale per output channel, all 8 bits;
* activations: dynamic uint8. In BERT a few tokens ([CLS], [SEP], full stops) carry values fifty times
  larger than the rest and would eat up a scale taken per tensor. So each token's row is divided by its
  largest magnitude before the multiplication and multiplied by it afterwards.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ingest.embedding.weights import CarriedModel, read_checked
from ingest.errors import ModelUnavailable

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

ROUTE = "onnx-int8-v1"  # raise the number when the graph changes: it stands in the index's fingerprint
CONTRIB = "com.microsoft"
Array = npt.NDArray[np.float32]


def exported_graph(model: CarriedModel, cache: Path) -> bytes:
    """The checked bytes of the model's ONNX file in `cache`, written there first if there is none.

    The file's name ends in its digest, so writing it is one atomic step and checking it needs no second file.

    Raises:
        ModelUnavailable: if the source weights are not the promised ones, or the file in `cache` was altered.
    """
    stem = f"{model.name}@{model.digest}-{ROUTE}"
    found = sorted(cache.glob(f"{stem}.*.onnx"))
    if not found:
        return _write(build_graph(model).SerializeToString(deterministic=True), cache, stem)
    path = found[0]
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if path.name != f"{stem}.{digest}.onnx":
        raise ModelUnavailable(
            f"{path} was altered: its name promises another SHA-256 than {digest}; "
            "delete the file, it is made anew at the next use"
        )
    return content


def build_graph(model: CarriedModel) -> "ModelProto":
    """The int8 encoder, from `input_ids` (1, tokens) to `last_hidden_state` (1, tokens, dimensions)."""
    # both are needed once per index only, and importing onnx takes longer than answering
    from safetensors.numpy import load

    weights = load(read_checked(model, model.weights))
    config = json.loads(read_checked(model, model.config))
    return BertWriter(weights, config["num_attention_heads"], config["layer_norm_eps"]).write(
        config["num_hidden_layers"]
    )


def _write(content: bytes, cache: Path, stem: str) -> bytes:
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, prefix=".export-", delete=False) as draft:
        draft.write(content)
        draft.flush()
        os.fsync(draft.fileno())
    Path(draft.name).replace(cache / f"{stem}.{hashlib.sha256(content).hexdigest()}.onnx")
    return content


class BertWriter:
    """Writes the nodes of one encoder; each method adds some and returns the name of their result.

    Args:
        weights: tensors by the names they have in a `BertModel` checkpoint.
        heads: attention heads of each layer.
        epsilon: of the layer norms.
    """

    def __init__(self, weights: Mapping[str, Array], heads: int, epsilon: float) -> None:
        import onnx

        self._onnx = onnx
        self._weights = weights
        self._heads = heads
        self._epsilon = epsilon
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def write(self, layers: int) -> "ModelProto":
        """The whole graph, of that many layers."""
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        self._constant("last_axis", np.array([-1], dtype=np.int64))
        self._constant("tiny", np.array(1e-9, dtype=np.float32))
        hidden = self._embeddings()
        for layer in range(layers):
            hidden = self._layer(hidden, f"encoder.layer.{layer}.")
        self._node("Identity", [hidden], "last_hidden_state", domain="")
        width = self._weights["embeddings.LayerNorm.weight"].size
        graph = helper.make_graph(
            self._nodes,
            "bert",
            [helper.make_tensor_value_info("input_ids", kinds.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("last_hidden_state", kinds.FLOAT, [1, "tokens", width])],
            self._constants,
        )
        # opset 18: ReduceMax takes its axes as an input; IR 9 is read by ONNX Runtime 1.16 and later
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(CONTRIB, 1)]
        model: ModelProto = helper.make_model(
            graph, opset_imports=opsets, ir_version=9, producer_name="pincite"
        )
        return model

    def _embeddings(self) -> str:
        table = "embeddings."
        # a single text has only segment 0, so its row is added to every position beforehand
        positions = (
            self._weights[table + "position_embeddings.weight"]
            + self._weights[table + "token_type_embeddings.weight"][0]
        )
        self._node("Cast", ["input_ids"], "ids", domain="", to=self._onnx.TensorProto.INT32)
        words = self._weight(table + "word_embeddings.weight")
        norm = [self._weight(table + f"LayerNorm.{part}") for part in ("weight", "bias")]
        inputs = ["ids", "", words, self._constant("positions", positions), "", *norm]
        return self._node("EmbedLayerNormalization", inputs, "embedded", epsilon=self._epsilon)

    def _layer(self, hidden: str, at: str) -> str:
        context = self._attention(hidden, at)
        attended = self._add_norm(
            self._row_scaled(context, at + "attention.output.dense"), hidden, at + "attention.output"
        )
        widened = self._row_scaled(attended, at + "intermediate.dense")
        bias = self._weight(at + "intermediate.dense.bias")
        activated = self._node("BiasGelu", [widened, bias], at + "gelu")
        return self._add_norm(self._row_scaled(activated, at + "output.dense"), attended, at + "output")

    def _attention(self, hidden: str, at: str) -> str:
        parts = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[part + ".weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[part + ".bias"] for part in parts])
        quantised, scales, zero = self._quantised(at + "qkv", matrix)
        names = [at + end for end in ("u8", "u8_scale", "u8_zero")]
        self._nodes.append(self._onnx.helper.make_node("DynamicQuantizeLinear", [hidden], names))
        u8, scale, shift = names
        inputs = [u8, quantised, self._constant(at + "qkv.bias", bias), scale, scales, "", shift, zero]
        return self._node("QAttention", inputs, at + "context", num_heads=self._heads)

    def _row_scaled(self, x: str, dense: str) -> str:
        """`x @ W.T` in int8, every row of `x` brought to a largest magnitude of 1 for it; no bias."""
        magnitude = self._node("Abs", [x], dense + ".abs", domain="")
        largest = self._node("ReduceMax", [magnitude, "last_axis"], dense + ".max", domain="", keepdims=1)
        divisor = self._node("Max", [largest, "tiny"], dense + ".divisor", domain="")
        even = self._node("Div", [x, divisor], dense + ".even", domain="")
        quantised, scales, zero = self._quantised(dense, self._weights[dense + ".weight"].T)
        product = self._node("DynamicQuantizeMatMul", [even, quantised, scales, zero], dense + ".product")
        return self._node("Mul", [product, divisor], dense + ".scaled", domain="")

    def _add_norm(self, x: str, skip: str, block: str) -> str:
        norm = [self._weight(f"{block}.LayerNorm.{part}") for part in ("weight", "bias")]
        inputs = [x, skip, *norm, self._weight(block + ".dense.bias")]
        return self._node("SkipLayerNormalization", inputs, block + ".normed", epsilon=self._epsilon)

    def _quantised(self, name: str, matrix: Array) -> tuple[str, str, str]:
        """Names of int8 weights, scales and zero points of a matrix (inputs, outputs)."""
        scales = (np.abs(matrix).max(axis=0) / 127).astype(np.float32)
        return (
            self._constant(name + ".int8", np.rint(matrix / scales).astype(np.int8)),
            self._constant(name + ".scales", scales),
            self._constant(name + ".zero", np.zeros(scales.shape, dtype=np.int8)),
        )

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        tensor = self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name)
        self._constants.append(tensor)
        return name

    def _node(
        self, kind: str, inputs: list[str], output: str, domain: str = CONTRIB, **attributes: float
    ) -> str:
        # EmbedLayerNormalization has a second output, which is unused without a mask but not optional
        outputs = [output, output + ".mask"] if kind == "EmbedLayerNormalization" else [output]
        # mypy: takes the attributes for the parameter that stands before them
        make_node: Callable[..., NodeProto] = self._onnx.helper.make_node
        self._nodes.append(make_node(kind, inputs, outputs, name=output, domain=domain, **attributes))
        return output
