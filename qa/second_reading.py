"""Second reading: the likeliest sentences once more, one at a time."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from ingest.embedding.sessions import PAIR_MARKS, TokenGraph
from ingest.embedding.weights import MS_MARCO, CarriedModel, read_checked


class SecondReader(Protocol):
    """Scores sentences one at a time; a score depends on its own pair alone."""

    @property
    def fingerprint(self) -> str:
        """Names model, weights' digest and route."""

    def prepare(self) -> None:
        """Loads ahead what the first use would load."""

    def score(self, question: str, sentences: Sequence[str]) -> tuple[float, ...]:
        """One relevance logit per sentence, in the order given: higher is better, 0 is an even chance."""


class CrossEncoder:
    """Reads question and sentence together with a carried cross-encoder; constructing it reads nothing.

    If the two are longer than the model reads, the sentence is cut; the question only beyond half the window.
    """

    def __init__(self, model: CarriedModel = MS_MARCO) -> None:
        self._model = model
        self._graph = TokenGraph(
            partial(read_checked, model, model.weights),
            partial(read_checked, model, model.tokenizer),
            full_range=model.full_range,
        )

    @property
    def fingerprint(self) -> str:
        """Such as `ms-marco-MiniLM-L-12-v2@1225ccd6af/onnx-carried-v1`."""
        return f"{self._model.name}@{self._model.digest}/onnx-carried-v1"

    def prepare(self) -> None:
        """Reads the weights now.

        Raises:
            ModelUnavailable: if they are missing, altered, or cannot be loaded.
        """
        self._graph.open()

    def score(self, question: str, sentences: Sequence[str]) -> tuple[float, ...]:
        """One relevance logit per sentence, in the order given.

        Raises:
            ModelUnavailable: if the weights are missing, altered, or cannot be loaded.
        """
        asked, *read = self._graph.tokenize([question, *sentences])
        asked = asked[: self._model.max_tokens // 2]
        room = self._model.max_tokens - PAIR_MARKS - len(asked)
        pairs = [self._graph.pair(asked, ids[:room]) for ids in read]
        return tuple(self._graph.run(pairs, lambda output: float(output[0, 0])))
