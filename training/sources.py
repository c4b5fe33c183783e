"""Question-answering data in the form of SQuAD: articles, their text, and questions with answer spans."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.documents import Document, Span

PARAGRAPH_BREAK = "\n\n"
SEARCHED_AROUND = 60  # code points; some published offsets are a little off
HELD_OUT_SHARE = 10  # one group in so many


@dataclass(frozen=True, slots=True)
class Source:
    """One file of one data set.

    Attributes:
        name: of the data set.
        path: below the folder of the training sets.
        joined: whether the paragraphs of an article follow one another, as in an encyclopaedia;
            otherwise each is a document of its own.
        titled: whether its titles say what the text is about.
        share: how many of its documents to take, 0–1.
    """

    name: str
    path: str
    joined: bool = True
    titled: bool = True
    share: float = 1.0


SOURCES = (
    Source("squad1_qg_test", "squad1_qg_test/test-v1.1.json"),
    Source("new_wiki", "squadshifts/new_wiki_v1.0.json"),
    Source("reddit", "squadshifts/reddit_v1.0.json", joined=False, titled=False, share=0.5),
    Source("amazon", "squadshifts/amazon_reviews_v1.0.json", joined=False, titled=False, share=0.5),
    Source("covidqa", "covidqa_deepset/200423_covidQA.json", titled=False),
    Source("policyqa", "policyqa/dev.json", share=0.5),
    Source("policyqa", "policyqa/test.json", share=0.5),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question asked of one article.

    Attributes:
        id: as published.
        text: as published.
        spans: where the article's text answers it, by any annotator; the most frequent first.
    """

    id: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """A document and the questions asked of it.

    Attributes:
        source: data set it comes from.
        document: its title is "-" where the data set has none worth reading.
        questions: each text once.
    """

    source: str
    document: Document
    questions: tuple[Question, ...]

    @property
    def group(self) -> str:
        """What is held out as a whole."""
        return f"{self.source}/{self.document.id}"

    @property
    def held_out(self) -> bool:
        """Whether it is kept from training."""
        return draw(self.document.id) < 1 / HELD_OUT_SHARE


def read_articles(folder: Path, sources: Sequence[Source] = SOURCES) -> Iterator[Article]:
    """The articles of all sources, as far as their shares go."""
    for source in sources:
        published = json.loads((folder / source.path).read_text(encoding="utf-8"))["data"]
        for number, entry in enumerate(published):
            title = (entry.get("title") or str(number)).replace("_", " ")
            paragraphs = entry["paragraphs"]
            if source.joined:
                parts = {title: paragraphs}
            else:
                parts = {f"{title}#{n}": [paragraph] for n, paragraph in enumerate(paragraphs)}
            for name, part in parts.items():
                if draw(f"share of {source.path}/{name}") < source.share:
                    yield _article(source, name, part)


def _article(source: Source, name: str, paragraphs: list[dict[str, Any]]) -> Article:
    text = PARAGRAPH_BREAK.join(paragraph["context"] for paragraph in paragraphs)
    document = Document(name, name if source.titled else "-", text)
    return Article(source.name, document, tuple(_questions(text, paragraphs)))


def _questions(text: str, paragraphs: list[dict[str, Any]]) -> Iterator[Question]:
    """Questions in order; one that several paragraphs are asked has the answers of all of them."""
    ids: dict[str, str] = {}
    spans: dict[str, list[Span]] = defaultdict(list)
    start = 0
    for paragraph in paragraphs:
        for asked in paragraph["qas"]:
            question = " ".join(asked["question"].split())
            ids.setdefault(question, str(asked["id"]))
            for answer in asked["answers"]:
                if span := _located(text, answer["text"], start + answer["answer_start"]):
                    spans[question].append(span)
        start += len(paragraph["context"]) + len(PARAGRAPH_BREAK)
    for question, found in spans.items():
        ranked = sorted(dict.fromkeys(found), key=lambda span: -found.count(span))
        yield Question(ids[question], question, tuple(ranked))


def _located(text: str, answer: str, start: int) -> Span | None:
    """Where the answer stands, at the published offset or near it."""
    answer = answer.strip()
    if not answer:
        return None
    if not text.startswith(answer, start):
        low, high = max(0, start - SEARCHED_AROUND), start + SEARCHED_AROUND + len(answer)
        places = [low + found.start() for found in re.finditer(f"(?={re.escape(answer)})", text[low:high])]
        start = min(places, key=lambda at: abs(at - start), default=-1)
    return Span(start, start + len(answer)) if start >= 0 else None


def draw(name: str) -> float:
    """A number in [0, 1) that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32
