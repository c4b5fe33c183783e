"""Development sets as windows: measured on, never trained on."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ingest.documents import Document, Span
from ingest.sentences import split_sentences
from training.cutting import Cut, cut_evenly
from training.lexical import Bm25
from training.sources import Article, Question
from training.windows import Window

BUDGET = 200  # tokens of a passage
NEWS_QUESTIONS = 150
NEWS_POOL = 20  # documents read for each


@dataclass(frozen=True, slots=True)
class Case:
    """A question and all windows that are read for it; gold sentences stand in the windows."""

    answerable: bool
    windows: tuple[Window, ...]


class DevSet:
    """Documents and questions of one development set.

    Args:
        folder: with `corpus.jsonl` and `questions.jsonl`.
    """

    def __init__(self, folder: Path) -> None:
        records = list(_records(folder / "corpus.jsonl"))
        self._questions = list(_records(folder / "questions.jsonl"))
        self._documents = {
            record["_id"]: Document(record["_id"], record["title"] or "-", record["text"])
            for record in records
        }
        self._ids = list(self._documents)
        self._index = Bm25([f"{record['title']} {record['text']}" for record in records])

    def on_relevant(self) -> list[Case]:
        """Every answerable question on its relevant documents, which hold a gold sentence."""
        return [
            self._case(question, question["relevant"])
            for question in self._questions
            if question["answerable"] and question["evidence"]
        ]

    def unanswerable(self) -> list[Case]:
        """Every unanswerable question on the document that shares most words with it."""
        return [
            self._case(question, self._likeliest(question, 1))
            for question in self._questions
            if not question["answerable"]
        ]

    def on_likeliest(self) -> list[Case]:
        """A sample of answerable questions on the documents that share most words with them."""
        asked = [question for question in self._questions if question["answerable"] and question["evidence"]]
        chosen = asked[:: max(1, len(asked) // NEWS_QUESTIONS)][:NEWS_QUESTIONS]
        return [self._case(question, self._likeliest(question, NEWS_POOL)) for question in chosen]

    def _likeliest(self, question: dict[str, Any], number: int) -> list[str]:
        scores = self._index.score([question["question"]])[0]
        return [self._ids[n] for n in np.argsort(-scores, kind="stable")[:number]]

    def _case(self, question: dict[str, Any], documents: Sequence[str]) -> Case:
        windows = tuple(window for name in documents for window in self._windows(question, name))
        return Case(question["answerable"], windows)

    def _windows(self, question: dict[str, Any], name: str) -> Iterator[Window]:
        document = self._documents[name]
        asked = Question(question["id"], question["question"], tuple(_gold_spans(question, document)))
        article = Article("dev", document, ())
        for cut in cut_evenly(article, split_sentences(document), BUDGET):
            window = cut.frame(asked.text, f"{asked.id}/{name}")
            yield replace(window, golds=_covered(cut, asked))


def _covered(cut: Cut, question: Question) -> tuple[int, ...]:
    """Gold sentences, of which a heading is none."""
    return tuple(n for n in cut.golds(question) if not cut.sentences[n].is_heading)


def _gold_spans(question: dict[str, Any], document: Document) -> Iterator[Span]:
    for evidence in question["evidence"]:
        for one in evidence:
            at = document.text.find(one["quote"]) if one["document"] == document.id else -1
            if at >= 0:
                yield Span(at, at + len(one["quote"]))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield json.loads(line)
