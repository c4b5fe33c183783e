"""BM25 over windows, to find those that look as if they answered."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from qa.stopwords import STOP_WORDS

K1 = 1.2
B = 0.75
Scores = npt.NDArray[np.float32]


class Bm25:
    """Scores texts for questions.

    Robertson, Zaragoza: The probabilistic relevance framework: BM25 and beyond, 2009.

    Args:
        texts: what is searched.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counted = [Counter(words_of(text)) for text in texts]
        self._columns = {word: n for n, word in enumerate(sorted(set().union(*counted)))}
        counts = self._matrix(counted)
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        documents = np.bincount(counts.indices, minlength=len(self._columns))
        rarity = np.log(1 + (len(texts) - documents + 0.5) / (documents + 0.5))
        rows = np.repeat(np.arange(len(texts)), np.diff(counts.indptr))
        length_part = K1 * (1 - B + B * lengths[rows] / lengths.mean())
        counts.data = (rarity[counts.indices] * counts.data * (K1 + 1) / (counts.data + length_part)).astype(
            np.float32
        )
        self._weights = counts.T.tocsr()

    def score(self, questions: Sequence[str]) -> Scores:
        """Array of shape (questions, texts)."""
        asked = self._matrix([Counter(set(words_of(question))) for question in questions])
        return np.asarray((asked @ self._weights).toarray(), dtype=np.float32)

    def _matrix(self, counted: Sequence[Counter[str]]) -> csr_matrix:
        cells = [
            (row, self._columns[word], count)
            for row, words in enumerate(counted)
            for word, count in words.items()
            if word in self._columns
        ]
        rows, columns, counts = zip(*cells, strict=True) if cells else ((), (), ())
        shape = (len(counted), len(self._columns))
        return csr_matrix((np.array(counts, dtype=np.float32), (rows, columns)), shape=shape)


def words_of(text: str) -> list[str]:
    """Casefolded words without stop words."""
    return [word for word in re.findall(r"\w+", text.casefold()) if word not in STOP_WORDS]
