"""Asks questions of one index and says how long each step took; one process per index.

    python benchmarks/scale_asking.py --index FOLDER

In: a line of JSON per question, `{"question": "…", "whole": true}`; if it is not whole, passages are found.
Out: a line on opening, then a line of figures per question, seconds by the clock and of the processor. The
latter hold on a busy machine, too.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from scale_parts import memory

from api.settings import load_settings
from ingest.embedding import Embedder, Vectors
from ingest.store import EVERYTHING, Filters, Snapshot
from qa.answers import ScoredPassage
from qa.assembly import open_assistant, open_retriever
from qa.assistant import Assistant
from qa.questions import Question
from qa.retrieval import HybridRetriever, Ranking

RETRIEVAL = ("embed", "dense", "lexical", "fuse and fetch")
STEPS = (*RETRIEVAL, "read", "write")


@dataclass(slots=True)
class Clock:
    """Seconds of each step of one question, by the clock and of the processor, without steps inside it."""

    wall: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Adds what runs inside, but for its own steps, to the step of that name."""
        inner = sum(self.wall.values()), sum(self.cpu.values())
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name] += time.perf_counter() - wall - (sum(self.wall.values()) - inner[0])
        self.cpu[name] += time.process_time() - cpu - (sum(self.cpu.values()) - inner[1])


@dataclass(frozen=True, slots=True)
class TimedEmbedder:
    """An embedder of questions."""

    inner: Embedder
    clock: Clock

    def embed_query(self, text: str) -> Vectors:
        """See `Embedder`."""
        with self.clock.step("embed"):
            return self.inner.embed_query(text)


@dataclass(frozen=True, slots=True)
class TimedRetriever(HybridRetriever):
    """The retriever with a clock around each of its lists."""

    clock: Clock = field(default_factory=Clock)

    def retrieve(self, live: Snapshot, query: str, filters: Filters, limit: int) -> tuple[ScoredPassage, ...]:
        """See `Retriever`."""
        with self.clock.step("fuse and fetch"):
            return HybridRetriever.retrieve(self, live, query, filters, limit)

    def dense(self, live: Snapshot, query: str, contents: Sequence[int] | None) -> Ranking:
        """See `HybridRetriever`."""
        with self.clock.step("dense"):
            return HybridRetriever.dense(self, live, query, contents)

    def lexical(self, live: Snapshot, query: str, contents: Sequence[int] | None) -> Ranking:
        """See `HybridRetriever`."""
        with self.clock.step("lexical"):
            return HybridRetriever.lexical(self, live, query, contents)


def timed(assistant: Assistant, retriever: HybridRetriever, clock: Clock) -> Assistant:
    """The assistant with clocks inside."""
    embedder = TimedEmbedder(retriever.embedder, clock)
    own = TimedRetriever(embedder, retriever.vectors, retriever.settings, retriever.store, clock=clock)  # type: ignore[arg-type]
    return replace(assistant, retriever=own)


def find(assistant: Assistant, clock: Clock, text: str) -> dict[str, dict[str, float]]:
    """Seconds of every step of retrieving for a question."""
    clock.wall.clear()
    clock.cpu.clear()
    with assistant.store.reading() as live:
        assistant.retriever.retrieve(live, text, EVERYTHING, assistant.settings.passages)
    return {
        "wall": {**clock.wall, "retrieval": sum(clock.wall.values())},
        "cpu": {**clock.cpu, "retrieval": sum(clock.cpu.values())},
    }


def ask(assistant: Assistant, clock: Clock, text: str) -> dict[str, dict[str, float]]:
    """Seconds of every step of one question and of the whole."""
    clock.wall.clear()
    clock.cpu.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = assistant.ask(Question(text))
    whole = time.perf_counter() - wall
    noted = {step.step: step.seconds for step in outcome.trace.durations}
    retrieving = {"retrieval": sum(clock.wall[step] for step in RETRIEVAL)}
    return {
        "wall": {**clock.wall, **retrieving, "read": noted["read"], "write": noted["write"], "whole": whole},
        "cpu": {**clock.cpu, "retrieval": sum(clock.cpu.values()), "whole": time.process_time() - cpu},
    }


def main() -> None:
    """Opens, asks what comes in, and ends with it."""
    started = time.perf_counter()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--index", type=Path, required=True)
    settings = load_settings({"index": parser.parse_args().index})
    assistant = open_assistant(settings)
    clock = Clock()
    clocked = timed(assistant, open_retriever(settings), clock)
    say({"opened": time.perf_counter() - started, **memory()})
    for line in sys.stdin:
        asked = json.loads(line)
        answer = ask if asked["whole"] else find
        say({**answer(clocked, clock, asked["question"]), **memory()})


def say(figures: object) -> None:
    """One line of JSON, at once."""
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
