"""Weights to start from, as floats: of the carried cross-encoder, and of the reader that grew from it.

The file holds int8 matrices whose names a tracer lost; each is known again by the bias added to its
product. https://onnx.ai/onnx/operators/onnx__MatMulInteger.html
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

import qa
from ingest.embedding.weights import MS_MARCO, CarriedModel, read_checked, read_file
from qa.reading import GRAPH

Array = npt.NDArray[np.float32]
Raw = Mapping[str, npt.NDArray[np.generic]]
BETWEEN = ("Cast", "Mul", "Add")  # from the integer product to its sum with the bias


def dequantised_weights(model: CarriedModel = MS_MARCO) -> dict[str, Array]:
    """Tensors by the names they have in a checkpoint: "bert.encoder.layer.0.attention.self.query.weight".

    Linear layers are (outputs, inputs), as torch has them.
    """
    graph = onnx.load_from_string(read_checked(model, model.weights)).graph
    raw: Raw = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    biases = {name: np.asarray(value) for name, value in raw.items() if value.dtype == np.float32}
    found = {
        name: value.astype(np.float32)
        for name, value in biases.items()
        if name.endswith((".weight", ".bias"))
    }
    found.update(_tables(raw))
    found.update(_matrices(graph, raw))
    return found


def reader_weights() -> dict[str, Array]:
    """The encoder and pooler of the reader that comes with Pincite, by their names in a `BertModel`."""
    content = read_file(Path(qa.__file__).parent, GRAPH, "check the repository out anew")
    kept = {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(content).graph.initializer}
    found = {name: value.copy() for name, value in kept.items() if _is_encoder(name)}
    found["pooler.dense.weight"] = found.pop("pooler.dense.matrix").T.copy()
    words = "embeddings.word_embeddings"
    found[f"{words}.weight"] = kept[f"{words}.int8"] * kept[f"{words}.scales"]
    for name in kept:
        if name.startswith("encoder.") and name.endswith(".int8"):
            stem = name.removesuffix(".int8")
            found[f"{stem}.weight"] = (kept[name] * kept[f"{stem}.scales"]).T.astype(np.float32)
    return dict(_told_apart(found))


def _is_encoder(name: str) -> bool:
    return name.startswith(("encoder.", "embeddings.", "pooler.")) and name.endswith(
        (".weight", ".bias", ".matrix")
    )


def _told_apart(found: Mapping[str, Array]) -> Iterator[tuple[str, Array]]:
    """Query, key and value, which the graph multiplies at once, each by itself."""
    for name, value in found.items():
        stem, joined, kind = name.partition("qkv")
        if not joined:
            yield name, value
        else:
            for part, own in zip(("query", "key", "value"), np.split(value, 3), strict=True):
                yield f"{stem}attention.self.{part}{kind}", own.copy()


def _tables(raw: Raw) -> Iterator[tuple[str, Array]]:
    """The embeddings, which kept their names."""
    for name in raw:
        if name.endswith("_embeddings.weight_quantized"):
            stem = name.removesuffix("_quantized")
            yield stem, _dequantised(raw, stem)


def _matrices(graph: onnx.GraphProto, raw: Raw) -> Iterator[tuple[str, Array]]:
    consumers = {name: node for node in graph.node for name in node.input}
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            bias = _bias_after(node, consumers, raw)
            stem = node.input[1].removesuffix("_quantized")
            yield bias.removesuffix("bias") + "weight", _dequantised(raw, stem).T.copy()


def _bias_after(node: onnx.NodeProto, consumers: Mapping[str, onnx.NodeProto], raw: Raw) -> str:
    while node.op_type != "Add":
        node = consumers[node.output[0]]
        if node.op_type not in BETWEEN:
            raise ValueError(f"expected a bias to be added, found {node.op_type} {node.name}")
    return next(str(name) for name in node.input if name in raw)


def _dequantised(raw: Raw, stem: str) -> Array:
    shifted = raw[stem + "_quantized"].astype(np.float32) - raw[stem + "_zero_point"].astype(np.float32)
    return np.asarray(shifted * raw[stem + "_scale"].astype(np.float32), dtype=np.float32)
