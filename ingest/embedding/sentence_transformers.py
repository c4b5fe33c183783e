"""Embedding with the sentence-transformers library: any model folder, or any model already in its cache."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ingest.embedding import Vectors
from ingest.embedding.weights import SHOWN_DIGITS
from ingest.errors import ModelUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# what changes a vector: weights, vocabulary, and the settings of every module
MEANINGFUL = (".safetensors", ".bin", ".json", ".txt", ".model")


class SentenceTransformerEmbedder:
    """Embeds with a sentence-transformers model; nothing is ever downloaded.

    Args:
        model: a folder, or the hub name of a model that was downloaded before.
    """

    def __init__(self, model: str) -> None:
        self._name = model

    @property
    def name(self) -> str:
        """The folder or hub name as given."""
        return self._name

    @cached_property
    def fingerprint(self) -> str:
        """Such as `bge-m3@0123456789/torch-v1`; the digest covers weights, vocabulary and settings.

        Raises:
            ModelUnavailable: if the model is not on this machine.
        """
        digest = hashlib.sha256()
        for path in sorted(path for path in self._folder.rglob("*") if path.suffix in MEANINGFUL):
            digest.update(path.relative_to(self._folder).as_posix().encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return f"{Path(self._name).name}@{digest.hexdigest()[:SHOWN_DIGITS]}/torch-v1"

    @property
    def dimensions(self) -> int:
        """Length of every vector."""
        dimensions = self._model.get_embedding_dimension()
        if dimensions is None:
            raise ModelUnavailable(
                f"{self._name} does not say how long its vectors are; choose another model"
            )
        return dimensions

    @property
    def max_tokens(self) -> int:
        """How many tokens of a text are read, special tokens not counted."""
        longest = self._model.max_seq_length or self._model.tokenizer.model_max_length
        return int(longest) - int(self._model.tokenizer.num_special_tokens_to_add())

    def prepare(self) -> None:
        """Nothing: the model is opened at first use."""

    def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Number of tokens of each text, special tokens not counted, nothing cut off."""
        if not texts:
            return ()
        # not verbose: it would warn of every text that is longer than the model reads
        encoded = self._model.tokenizer(
            list(texts), add_special_tokens=False, truncation=False, verbose=False
        )
        return tuple(len(ids) for ids in encoded["input_ids"])

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of shape `(len(texts), dimensions)`, in the order given.

        Raises:
            ModelUnavailable: if the model is not on this machine or cannot be loaded.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            # one at a time: padding and batch mates change the last bits
            vectors[row] = self._model.encode_document(
                text, normalize_embeddings=True, show_progress_bar=False
            )
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """Unit vector of shape `(dimensions,)`.

        Raises:
            ModelUnavailable: if the model is not on this machine or cannot be loaded.
        """
        vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, dtype=np.float32)

    @cached_property
    def _folder(self) -> Path:
        if Path(self._name).is_dir():
            return Path(self._name)
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

        try:
            return Path(snapshot_download(self._name, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError) as error:
            raise ModelUnavailable(
                f"{self._name} is neither a folder nor a model downloaded before; "
                f"where there is a network, run: hf download {self._name}"
            ) from error

    @cached_property
    def _model(self) -> "SentenceTransformer":
        folder = self._folder
        # imported here because it takes seconds, which a question to another model must not pay
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"sentence-transformers cannot load {folder}: {error}") from error
