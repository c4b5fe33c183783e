"""What one question costs while an assistant stays open, by step, against embedding it alone.

    python benchmarks/warm_question.py INDEX QUESTIONS [--limit N]

INDEX was built before. After a few questions to warm up, every question is asked once, right after its
text was embedded alone. Prints medians and 95th percentiles in seconds, and the paired ratio.
"""

import argparse
import random
import statistics
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from evals.questions import read_questions
from qa.assembly import open_assistant, open_retriever
from qa.assistant import Assistant
from qa.questions import Question
from qa.settings import AssistantSettings

WARM_UP = 5
SEED = 7


def main() -> None:
    """Asks and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--limit", type=int, default=150)
    options = parser.parse_args()
    settings = AssistantSettings(index=options.index)
    assistant = open_assistant(settings)
    embedder = open_retriever(settings).embedder
    asked = [question.question for question in read_questions(options.questions)]
    sample = random.Random(SEED).sample(asked, min(options.limit, len(asked)))
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for number, text in enumerate(sample):
        started = time.perf_counter()
        embedder.embed_query(text)
        took = {"bare embedding": time.perf_counter() - started, **ask(assistant, text)}
        for name, value in took.items() if number >= WARM_UP else ():
            seconds[name].append(value)
    with assistant.store.reading() as live:
        print("{} documents, {} sentences, {} passages".format(*live.counts()))
    report(seconds)


def ask(assistant: Assistant, text: str) -> dict[str, float]:
    """Seconds of every step of one question and of the whole."""
    started = time.perf_counter()
    outcome = assistant.ask(Question(text))
    whole = time.perf_counter() - started
    return {**{step.step: step.seconds for step in outcome.trace.durations}, "question": whole}


def report(seconds: dict[str, list[float]]) -> None:
    """One line per step, and the ratio that matters."""
    for name, values in seconds.items():
        print(f"{name:15} p50 {statistics.median(values):.3f} s  p95 {np.quantile(values, 0.95):.3f} s")
    pairs = zip(seconds["question"], seconds["bare embedding"], strict=True)
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"question / bare embedding: median of paired ratios {ratio:.1f} (n={len(seconds['question'])})")


if __name__ == "__main__":
    main()
