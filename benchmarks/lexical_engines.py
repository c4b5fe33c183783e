r"""Lexical search of SQLite (FTS5) and of PostgreSQL side by side: what they find, and how fast.

    PINCITE_STORAGE_BOOK=postgresql://… \
        python benchmarks/lexical_engines.py --data FOLDER --work FOLDER [--sets NAME …]

Each set is indexed in the work folder and in a schema of its name in the database; texts are embedded once.
Relevant is what the questions name, or, where they name nothing, the documents of their evidence.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from public_sets import CORPORA
from pydantic import SecretStr
from rich.progress import track

from api.settings import load_settings
from evals.measures.ranking import ndcg
from evals.questions import EvalQuestion, read_questions
from ingest.assembly import open_builder, open_store
from ingest.settings import StorageSettings
from ingest.store import EVERYTHING, Snapshot
from qa.assembly import open_retriever
from qa.retrieval import HybridRetriever
from qa.settings import AssistantSettings


@dataclass(slots=True)
class Figures:
    """Of one engine: nDCG@10 before and after fusion, and seconds, each per question."""

    lexical: list[float] = field(default_factory=list)
    fused: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        ordered = sorted(self.seconds)
        median, late = statistics.median(ordered), ordered[int(0.95 * len(ordered))]
        return (
            f"nDCG@10 lexical {statistics.mean(self.lexical):.4f}, fused {statistics.mean(self.fused):.4f};"
            f" lexical search {1000 * median:.1f} ms, 95 of 100 within {1000 * late:.1f} ms"
        )


def main() -> None:
    """Measures the sets and prints a line for each engine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sets", nargs="*", choices=CORPORA, default=["scifact"])
    options = parser.parse_args()
    for name in options.sets:
        engines = {"SQLite": StorageSettings(), "PostgreSQL": _storage(name)}
        opened = {
            engine: _indexed(options.data, name, options.work / f"{name}-{engine}", options.work, storage)
            for engine, storage in engines.items()
        }
        questions = read_questions(options.data / name / "questions.jsonl")
        for engine, figures in _measure(opened, list(questions)).items():
            print(f"{name}, {engine}: {figures}")


def _storage(schema: str) -> StorageSettings:
    """The user's database, in a schema for one set."""
    book = load_settings({}).storage.book
    if book is None:
        raise SystemExit("set PINCITE_STORAGE_BOOK to the address of a database to try")
    address = book.get_secret_value()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
    joined = "&" if "?" in address else "?"
    return StorageSettings(book=SecretStr(f"{address}{joined}options=-csearch_path%3D{schema}"))


def _indexed(data: Path, name: str, index: Path, work: Path, storage: StorageSettings) -> AssistantSettings:
    ingest = load_settings({}).ingest.model_copy(update={"vector_cache": work / "vectors"})
    settings = AssistantSettings(index=index, ingest=ingest, storage=storage)
    started = time.perf_counter()
    open_builder(settings).ingest([str(data / corpus / "corpus.jsonl") for corpus in CORPORA[name]])
    print(f"{index.name}: ingested in {time.perf_counter() - started:.0f} s")
    return settings


def _measure(opened: dict[str, AssistantSettings], questions: Sequence[EvalQuestion]) -> dict[str, Figures]:
    """Asks one engine after the other, question by question: whatever else the machine does meets both."""
    engines = {name: (open_store(each), open_retriever(each)) for name, each in opened.items()}
    measured = {name: Figures() for name in opened}
    for question in track(questions, "asking"):
        for name, (store, retriever) in engines.items():
            with store.reading() as live:
                _ask(live, retriever, question, measured[name])
    return measured


def _ask(live: Snapshot, retriever: HybridRetriever, question: EvalQuestion, figures: Figures) -> None:
    relevant = set(question.relevant) or {gold.document for part in question.evidence for gold in part}
    started = time.perf_counter()
    found = [key for key, _ in retriever.lexical(live, question.question, None)]
    figures.seconds.append(time.perf_counter() - started)
    fused = retriever.retrieve(live, question.question, EVERYTHING, retriever.settings.depth)
    passages = live.passages(found)
    if relevant:
        lexical = dict.fromkeys(passages[key].document_id for key in found)
        both = dict.fromkeys(scored.passage.document_id for scored in fused)
        figures.lexical.append(ndcg(list(lexical), relevant) or 0.0)
        figures.fused.append(ndcg(list(both), relevant) or 0.0)


if __name__ == "__main__":
    main()
