"""Asks questions of one index and says how long each step took; one process per index.

    python benchmarks/scale_asking.py --index FOLDER        # questions on stdin, a line each; figures on stdout

The first line out says how long opening took and what it holds; then one line of figures per question.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scale_parts import memory

from api.settings import load_settings
from ingest.embedding import Embedder, Vectors
from ingest.store import Filters, PassageKey, Snapshot
from qa.answers import ScoredPassage
from qa.assembly import open_assistant, open_retriever
from qa.assistant import Assistant
from qa.questions import Question
from qa.retrieval import HybridRetriever, Ranking

STEPS = ("embed", "dense", "lexical", "fuse and fetch", "read", "write")


@dataclass(slots=True)
class Steps:
    """Seconds of each step of one question, and the ids it found."""

    seconds: dict[str, float] = field(default_factory=dict)
    dense: list[PassageKey] = field(default_factory=list)

    def add(self, step: str, seconds: float) -> None:
        """Parts of a question are added up."""
        self.seconds[step] = self.seconds.get(step, 0.0) + seconds


@dataclass(frozen=True, slots=True)
class TimedEmbedder:
    """An embedder of questions that notes its time."""

    inner: Embedder
    steps: Steps

    @property
    def fingerprint(self) -> str:
        """That of the inner one."""
        return self.inner.fingerprint

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        started = time.perf_counter()
        vector = self.inner.embed_query(text)
        self.steps.add("embed", time.perf_counter() - started)
        return vector


@dataclass(frozen=True, slots=True)
class TimedRetriever:
    """The retriever, with the time of each of its lists."""

    inner: "TimedLists"
    steps: Steps

    def retrieve(self, live: Snapshot, query: str, filters: Filters, limit: int) -> tuple[ScoredPassage, ...]:
        """See `Retriever`; what is left of its time is fusing and fetching."""
        before = sum(self.steps.seconds.values())
        started = time.perf_counter()
        found = self.inner.retrieve(live, query, filters, limit)
        whole = time.perf_counter() - started
        self.steps.add("fuse and fetch", whole - (sum(self.steps.seconds.values()) - before))
        return found


@dataclass(frozen=True, slots=True)
class TimedLists(HybridRetriever):
    """Notes the time of both lists."""

    steps: Steps = field(default_factory=Steps)

    def dense(self, live: Snapshot, query: str, contents: Sequence[int] | None) -> Ranking:
        """See `HybridRetriever`; without the time of embedding."""
        before = self.steps.seconds.get("embed", 0.0)
        started = time.perf_counter()
        found = HybridRetriever.dense(self, live, query, contents)
        whole = time.perf_counter() - started
        self.steps.add("dense", whole - (self.steps.seconds["embed"] - before))
        return found

    def lexical(self, live: Snapshot, query: str, contents: Sequence[int] | None) -> Ranking:
        """See `HybridRetriever`."""
        started = time.perf_counter()
        found = HybridRetriever.lexical(self, live, query, contents)
        self.steps.add("lexical", time.perf_counter() - started)
        return found


def timed(assistant: Assistant, retriever: HybridRetriever, steps: Steps) -> Assistant:
    """The assistant with clocks inside."""
    embedder: Embedder = TimedEmbedder(retriever.embedder, steps)  # type: ignore[assignment] # asked for questions alone
    lists = TimedLists(embedder, retriever.vectors, retriever.settings, steps=steps)
    return replace(assistant, retriever=TimedRetriever(lists, steps))


def ask(assistant: Assistant, steps: Steps, text: str) -> dict[str, float]:
    """Seconds of every step of one question and of the whole."""
    steps.seconds.clear()
    started = time.perf_counter()
    outcome = assistant.ask(Question(text))
    whole = time.perf_counter() - started
    noted = {step.step: step.seconds for step in outcome.trace.durations}
    return {**steps.seconds, "read": noted["read"], "write": noted["write"], "whole": whole}


def main() -> None:
    """Opens, asks what comes in, and ends with it."""
    started = time.perf_counter()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    settings = load_settings({"index": parser.parse_args().index})
    assistant = open_assistant(settings)
    opened = time.perf_counter() - started
    steps = Steps()
    clocked = timed(assistant, open_retriever(settings), steps)
    with assistant.store.reading() as live:
        documents, sentences, passages = live.counts()
    say({"documents": documents, "sentences": sentences, "passages": passages, "opened": opened, **memory()})
    for line in sys.stdin:
        say({**ask(clocked, steps, line.rstrip("\n")), **memory()})


def say(figures: dict[str, float]) -> None:
    """One line of JSON, at once."""
    print(json.dumps({name: round(value, 6) for name, value in figures.items()}), flush=True)


if __name__ == "__main__":
    main()
