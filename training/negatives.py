"""Windows that do not answer, made from those that do.

| kind | what it is |
|---|---|
| removed | the passage without its gold sentences |
| sibling | another passage of the same article that shares words with the question |
| swapped | the passage under a near-miss question (`training.swaps`) |
| foreign | a passage of another article that shares words with the question |

No text of the first, second and fourth kind holds an answer of the question as a string, so that few of
them answer after all.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evals.measures.texts import contains_gold
from training.cutting import Cut
from training.lexical import Bm25, Scores
from training.sources import Question
from training.swaps import Lexicon, read_lexicon, swap
from training.windows import Window

NEGATIVE_KINDS = ("removed", "sibling", "swapped", "foreign")
# Reviews, comments and policies are alike in what is asked of them ("would they buy it again?"): their
# passages answer one another's questions.
INTERCHANGEABLE = ("reddit", "amazon", "policyqa")
TRIED = 8  # best passages looked at per question
TAKEN = 3  # of which one is drawn
FEWEST = 2  # sentences of a window worth asking


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the passage that answers it and the window of both."""

    question: Question
    cut: Cut
    window: Window


class Corpus:
    """All passages, searchable by word.

    Args:
        cuts: what is searched.
    """

    def __init__(self, cuts: Sequence[Cut]) -> None:
        self._cuts = cuts
        self._index = Bm25([cut.text for cut in cuts])
        self._groups = np.array([cut.article.group for cut in cuts])
        self._sources = np.array([cut.article.source for cut in cuts])
        self._lexicons: dict[str, Lexicon] = {}

    def score(self, questions: Sequence[str]) -> Scores:
        """BM25 of shape (questions, passages)."""
        return self._index.score(questions)

    def siblings(self, asked: Asked, scores: Scores) -> list[Cut]:
        """Other passages of the article, likeliest first."""
        return self._best(np.where(self._groups == asked.window.group, scores, 0))

    def foreigners(self, asked: Asked, scores: Scores) -> list[Cut]:
        """Passages of other articles, likeliest first."""
        barred = (self._groups == asked.window.group) | np.isin(self._sources, INTERCHANGEABLE)
        return self._best(np.where(barred, 0, scores))

    def lexicon(self, cut: Cut) -> Lexicon:
        """What the passage's article offers for swapping."""
        group = cut.article.group
        if group not in self._lexicons:
            self._lexicons[group] = read_lexicon(cut.article.document.text)
        return self._lexicons[group]

    def _best(self, scores: Scores) -> list[Cut]:
        top = np.argpartition(-scores, min(TRIED, scores.size - 1))[:TRIED]
        return [self._cuts[n] for n in sorted(top, key=lambda n: (-scores[n], n)) if scores[n] > 0]


def negatives(asked: Asked, corpus: Corpus, scores: Scores, rng: random.Random) -> Iterator[Window]:
    """One window of every kind that can be had for a question.

    Args:
        asked: an answerable question.
        corpus: where other passages come from.
        scores: BM25 of all passages for the question.
        rng: draws among the good ones.
    """
    makers: tuple[Callable[[], Window | None], ...] = (
        lambda: _removed(asked),
        lambda: _elsewhere(asked, corpus.siblings(asked, scores), rng),
        lambda: _swapped(asked, corpus.lexicon(asked.cut), rng),
        lambda: _foreign(asked, corpus, scores, rng),
    )
    for kind, make in zip(NEGATIVE_KINDS, makers, strict=True):
        if window := make():
            yield replace(window, id=f"{asked.window.id}/{kind}", kind=kind, golds=(), span=None, answers=())


def _removed(asked: Asked) -> Window | None:
    golds = asked.window.golds
    kept = [sentence for number, sentence in enumerate(asked.cut.sentences) if number not in golds]
    if len(kept) < FEWEST:
        return None
    return _unless_answered(asked, replace(asked.cut, sentences=tuple(kept)))


def _foreign(asked: Asked, corpus: Corpus, scores: Scores, rng: random.Random) -> Window | None:
    if asked.window.source in INTERCHANGEABLE:
        return None
    return _elsewhere(asked, corpus.foreigners(asked, scores), rng)


def _elsewhere(asked: Asked, cuts: Sequence[Cut], rng: random.Random) -> Window | None:
    fit = [
        window for cut in cuts if len(cut.sentences) >= FEWEST and (window := _unless_answered(asked, cut))
    ]
    return rng.choice(fit[:TAKEN]) if fit else None


def _swapped(asked: Asked, lexicon: Lexicon, rng: random.Random) -> Window | None:
    window = asked.window
    question = swap(window.question, window.sentences, window.golds, lexicon, rng)
    return replace(window, question=question) if question else None


def _unless_answered(asked: Asked, cut: Cut) -> Window | None:
    own = cut.article is asked.cut.article
    if (own and cut.golds(asked.question)) or contains_gold(cut.text, asked.window.answers):
        return None
    return replace(cut.frame(asked.question.text, asked.window.id), source=asked.window.source)
