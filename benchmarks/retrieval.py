"""Retrieval quality on a labelled set, over documents: lexical, dense and fused.

    python benchmarks/retrieval.py --data FOLDER [--index DIR] [--hay corpus.jsonl …]

FOLDER holds `corpus.jsonl` and `questions.jsonl`. The index is built in a temporary folder unless
one is named, where it is built once and used again.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from evals.measures import hit, mean, ndcg, recall
from evals.questions import EvalQuestion, read_questions
from ingest.assembly import open_builder, open_store
from ingest.store import EVERYTHING, PassageKey, Snapshot
from qa.assembly import open_retriever
from qa.retrieval import HybridRetriever
from qa.settings import AssistantSettings, QaSettings

Ranking = Sequence[tuple[PassageKey, float]]


def main() -> None:
    """Builds the index if need be, asks every question three ways, prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--hay", type=Path, nargs="*", default=[])
    parser.add_argument("--title-weight", type=float, default=QaSettings().title_weight)
    parser.add_argument("--lexical-weight", type=float, default=QaSettings().lexical_weight)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        index = options.index or Path(scratch)
        qa = QaSettings(title_weight=options.title_weight, lexical_weight=options.lexical_weight)
        settings = AssistantSettings(index=index, qa=qa)
        build(settings, [options.data / "corpus.jsonl", *options.hay])
        questions = list(read_questions(options.data / "questions.jsonl"))
        measure(settings, [question for question in questions if question.relevant])


def build(settings: AssistantSettings, corpora: Sequence[Path]) -> None:
    """Ingests the corpora; an index that holds them already costs a hash."""
    builder = open_builder(settings.index, settings.ingest)
    report = builder.ingest([str(path) for path in corpora])
    print(f"documents {report.added} new, {report.unchanged} unchanged; {report.passages} passages", end="; ")
    print(f"{report.seconds:.0f} s; {len(report.skipped)} skipped")


def measure(settings: AssistantSettings, questions: Sequence[EvalQuestion]) -> None:
    """Prints one line per way of retrieving."""
    retriever = open_retriever(settings)
    ways: dict[str, Callable[[Snapshot, str], Ranking]] = {
        "lexical": lambda live, text: retriever.lexical(live, text, None),
        "dense": lambda live, text: retriever.dense(live, text, None),
        "fused": lambda live, text: fused(retriever, live, text),
    }
    print(f"{len(questions)} questions\n{'way':8} nDCG@10  Recall@100  Hit@1  median ms")
    with open_store(settings.index).reading() as live:
        for name, rank in ways.items():
            report(name, live, rank, questions)


def fused(retriever: HybridRetriever, live: Snapshot, text: str) -> Ranking:
    """What the assistant retrieves, as deep as its parts go."""
    found = retriever.retrieve(live, text, EVERYTHING, retriever.settings.depth)
    return [(scored.passage.key, scored.score) for scored in found]


def report(
    name: str,
    live: Snapshot,
    rank: Callable[[Snapshot, str], Ranking],
    questions: Sequence[EvalQuestion],
) -> None:
    """Ranks documents by their best passage and prints the means."""
    gains, recalls, hits, seconds = [], [], [], []
    for question in questions:
        started = time.perf_counter()
        ranking = rank(live, question.question)
        seconds.append(time.perf_counter() - started)
        passages = live.passages([key for key, _ in ranking])
        documents = list(dict.fromkeys(passages[key].document_id for key, _ in ranking))
        gains.append(ndcg(documents, question.relevant))
        recalls.append(recall(documents, question.relevant, 100))
        hits.append(hit(documents, question.relevant, 1))
    gain, found, first = (mean(values)[0] or 0.0 for values in (gains, recalls, hits))
    print(f"{name:8} {gain:.4f}   {found:.4f}      {first:.3f}  {statistics.median(seconds) * 1000:.1f}")


if __name__ == "__main__":
    main()
