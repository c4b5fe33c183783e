"""Cutting articles into windows the way the product cuts documents into passages."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.documents import Document, Passage, Sentence, Span
from ingest.passages import gather_passages
from ingest.sentences import split_sentences
from training.sources import Article, Question
from training.tokens import count_tokens
from training.windows import AnswerSpan, Window

BUDGETS = (112, 160, 200)  # tokens of a passage with its context; with the question that stays below 256
NEIGHBOUR_SHARE = 0.3  # of windows that reach one sentence beyond their passage


@dataclass(frozen=True, slots=True)
class Cut:
    """A run of an article's sentences.

    Attributes:
        article: the whole.
        sentences: in order, at least one.
        context: title and heading it stands under, one a line; "" where they say nothing.
    """

    article: Article
    sentences: tuple[Sentence, ...]
    context: str

    @property
    def text(self) -> str:
        """The sentences on one line."""
        return " ".join(one_line(sentence.text) for sentence in self.sentences)

    def golds(self, question: Question) -> tuple[int, ...]:
        """Numbers of the sentences that hold one of the question's answers or a part of one."""
        return tuple(
            number
            for number, sentence in enumerate(self.sentences)
            if any(_overlap(sentence.span, span) for span in question.spans)
        )

    def ask(self, question: Question, name: str) -> Window:
        """The window of a question of this article, with what answers it."""
        text = self.article.document.text
        return replace(
            self.frame(question.text, name),
            golds=self.golds(question),
            span=_answer_span(self.sentences, question.spans),
            answers=tuple(dict.fromkeys(one_line(span.cut(text)) for span in question.spans)),
        )

    def frame(self, question: str, name: str) -> Window:
        """The window under any question, as one that nothing in it answers."""
        return Window(
            id=name,
            kind="answerable",
            source=self.article.source,
            group=self.article.group,
            question=question,
            context=self.context,
            sentences=tuple(one_line(sentence.text) for sentence in self.sentences),
            headings=tuple(n for n, sentence in enumerate(self.sentences) if sentence.is_heading),
        )


def cut_article(article: Article, rng: random.Random) -> list[Cut]:
    """Windows of an article, of varying size, some a sentence longer than their passage."""
    split = split_sentences(article.document)
    cuts = cut_evenly(article, split, rng.choice(BUDGETS))
    return [_widened(cut, split, rng) if rng.random() < NEIGHBOUR_SHARE else cut for cut in cuts]


def cut_evenly(article: Article, split: Sequence[Sentence], budget: int) -> list[Cut]:
    """The product's passages of at most `budget` tokens."""
    passages = gather_passages(article.document, split, budget, count_tokens)
    return [_cut(article, split, passage) for passage in passages]


def one_line(text: str) -> str:
    """The text with every run of white space made one space."""
    return " ".join(text.split())


def _cut(article: Article, split: Sequence[Sentence], passage: Passage) -> Cut:
    own = tuple(split[passage.first_sentence : passage.last_sentence + 1])
    return Cut(article, own, _context(article.document, passage))


def _context(document: Document, passage: Passage) -> str:
    lines = passage.context.split("\n")
    return "\n".join(lines[1:] if document.title == "-" else lines)


def _widened(cut: Cut, split: Sequence[Sentence], rng: random.Random) -> Cut:
    before, after = cut.sentences[0].ordinal - 1, cut.sentences[-1].ordinal + 1
    if rng.random() < 0.5 and before >= 0:
        return replace(cut, sentences=(split[before], *cut.sentences))
    return replace(cut, sentences=(*cut.sentences, *split[after : after + 1]))


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _answer_span(sentences: Sequence[Sentence], spans: Sequence[Span]) -> AnswerSpan | None:
    """The most frequent answer that lies within a sentence, counted in the sentence on one line."""
    for span in spans:
        for number, sentence in enumerate(sentences):
            if sentence.span.start <= span.start and span.end <= sentence.span.end:
                shift = sentence.span.start
                start = len(one_line(sentence.text[: span.start - shift] + "|")) - 1
                answer = one_line(sentence.text[span.start - shift : span.end - shift])
                return AnswerSpan(number, start, start + len(answer))
    return None
