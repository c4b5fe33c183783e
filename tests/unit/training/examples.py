"""Small articles and windows, in our own words."""

import random
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from ingest.documents import Document, Span
from ingest.sentences import split_sentences
from training.cutting import Cut, cut_evenly
from training.sources import Article, Question
from training.windows import AnswerSpan, Window

LOWMERE = (
    "Lowmere is a small town on the river Ald. It was founded by Ansel Brook in 1312. "
    "The first bridge was built in 1487 by Clara Dunmore.\n\n"
    "A mill stood near Ostley for many years. It burned down in 1633. "
    "The harbour of Lowmere was dug by Jonas Feld, who came from Karlow."
)
ASKED = (
    ("Who founded Lowmere?", "Ansel Brook"),
    ("When was the first bridge of Lowmere built?", "1487"),
    ("When did the mill burn down?", "1633"),
    ("Who dug the harbour of Lowmere?", "Jonas Feld"),
)
HIGHFELL = (
    "Highfell is a village in the hills. Its first bridge was never built. Nobody founded it, people say. "
    "A mill stands there, and there is no harbour. In 1950 it had 240 sheep."
)
# what may come between words: a space, a line break, a no-break space
GAPS = st.sampled_from([" ", "  ", "\n", "\u00a0"])
WORDS = st.text("abcdefgh", min_size=1, max_size=6)


def article_of(
    text: str, asked: Sequence[tuple[str, str]] = (), title: str = "Lowmere", source: str = "new_wiki"
) -> Article:
    """An article whose questions are answered where their answer stands first."""
    questions = tuple(
        Question(str(number), question, (span_of(text, answer),))
        for number, (question, answer) in enumerate(asked)
    )
    return Article(source, Document(title, title, text), questions)


def span_of(text: str, part: str) -> Span:
    """Where a part of a text stands first."""
    return Span(text.index(part), text.index(part) + len(part))


def cuts_of(article: Article, budget: int = 40) -> list[Cut]:
    return cut_evenly(article, split_sentences(article.document), budget)


def window_of(**changes: Any) -> Window:  # noqa: ANN401 - any field of a window
    """A window whose third sentence answers, with "changes" made to it."""
    told: dict[str, Any] = {
        "id": "w",
        "kind": "answerable",
        "source": "new_wiki",
        "group": "new_wiki/Lowmere",
        "question": "When was the first bridge built?",
        "context": "Lowmere\nHistory",
        "sentences": ("History", "Lowmere is a town.", "The bridge was built in 1487 by Clara Dunmore."),
        "headings": (0,),
        "golds": (2,),
        "span": AnswerSpan(2, 24, 28),
        "answers": ("1487",),
    }
    return Window(**(told | changes))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Windows of every shape: few and many sentences, long ones, headings, with and without an answer."""
    rng = random.Random(draw(st.integers(0, 10_000)))
    sentences = tuple(_sentence(rng, draw(st.integers(1, 40))) for _ in range(draw(st.integers(1, 9))))
    headings = tuple(n for n in range(len(sentences)) if rng.random() < 0.2)
    golds = tuple(n for n in range(len(sentences)) if n not in headings and rng.random() < 0.3)
    span = _span_within(rng, golds[0], sentences[golds[0]]) if golds and rng.random() < 0.8 else None
    context = draw(st.sampled_from(["", "Lowmere", "Lowmere\nThe old harbour"]))
    question = _sentence(rng, draw(st.sampled_from([1, 8, 90])))
    return window_of(
        question=question, context=context, sentences=sentences, headings=headings, golds=golds, span=span
    )


def _sentence(rng: random.Random, words: int) -> str:
    known = ("the", "harbour", "Zoë", "naïve", "unfathomableness", "1487", "12,5%", "ΑΒΓ", "don’t", "x-ray")
    return " ".join(rng.choice(known) for _ in range(words)) + "."


def _span_within(rng: random.Random, number: int, sentence: str) -> AnswerSpan:
    word = rng.choice(sentence[:-1].split())
    start = sentence.index(word)
    return AnswerSpan(number, start, start + len(word))
