"""From a model's name to its embedder."""

from pathlib import Path

from ingest.embedding import Embedder
from ingest.embedding.weights import find_carried
from ingest.errors import ModelUnavailable


def open_embedder(model: str, cache: Path) -> Embedder:
    """The embedder for a model; cheap, as weights are read at first use.

    Args:
        model: short or hub name of a carried model; else a model folder; else `provider:model`; else the
            hub name of a model downloaded before.
        cache: folder inside the index for files made from weights.

    Raises:
        ModelUnavailable: if the name is that of a carried cross-encoder, which gives no vectors.
    """
    carried = find_carried(model)
    # each adapter is imported where it is chosen, so that no question waits for another one's vendor
    if carried:
        if carried.role != "embedder":
            raise ModelUnavailable(f"{carried.name} scores pairs of texts; name an embedding model instead")
        from ingest.embedding.onnx import OnnxEmbedder

        return OnnxEmbedder(carried, cache)
    if ":" in model and not Path(model).is_dir():
        from ingest.embedding.langchain import LangChainEmbedder

        return LangChainEmbedder(model)
    from ingest.embedding.sentence_transformers import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(model)
