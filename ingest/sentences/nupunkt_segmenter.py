"""The adapter for nupunkt, the only module that imports it."""

from functools import cache

import nupunkt


class NupunktSegmenter:
    """Asks nupunkt's built-in model, Punkt trained on legal and general English.

    Source: Kiss and Strunk, "Unsupervised Multilingual Sentence Boundary Detection" (2006).
    """

    def __init__(self) -> None:
        self._tokenizer = nupunkt.load("default")

    def boundaries(self, text: str) -> list[int]:
        """Where nupunkt ends a sentence: offsets into `text`, in code points."""
        return [end for _, end in self._tokenizer.span_tokenize(text)]


@cache
def shared_segmenter() -> NupunktSegmenter:
    """The one instance of this process; loading its model takes some tens of milliseconds."""
    return NupunktSegmenter()
