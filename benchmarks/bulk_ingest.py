"""Bulk ingest against the bare embedder on the same text, and the memory it takes.

    python benchmarks/bulk_ingest.py [--data FOLDER] [--passages N] [--rounds R]

Without FOLDER (of `corpus.jsonl`) the corpus of this project is repeated with its figures changed.
Each round ingests a fresh index, then embeds exactly the passages it made with nothing around;
the ratio of the two is what parsing, splitting and storing leave of the embedder's throughput.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from itertools import count, islice
from pathlib import Path

from ingest.assembly import open_index_embedder, open_store, open_vectors
from ingest.build import Builder
from ingest.documents import Document, embedded_text
from ingest.loading import SUFFIXES, load
from ingest.passages import gather_passages
from ingest.sentences import split_sentences
from ingest.settings import IndexSettings, IngestSettings

CORPUS = Path(__file__).parents[1] / "corpus"


def main() -> None:
    """Prints one line per round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--documents", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "corpus.jsonl"
        write_source(source, options.data, options.documents)
        ratios = [one_round(Path(scratch), number, source) for number in range(options.rounds)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"median ratio {statistics.median(ratios):.3f}; peak resident memory {peak:.0f} MB")


def one_round(scratch: Path, number: int, source: Path) -> float:
    """Throughput of an ingest divided by that of the bare embedder."""
    embedder = open_index_embedder(IndexSettings(index=scratch))
    embedder.embed_query("warm up")
    settings = IndexSettings(index=scratch / f"index{number}")
    builder = Builder(open_store(settings), open_vectors(settings), embedder, settings.ingest)
    report = builder.ingest([str(source)])
    texts = passages_of(source, settings.ingest, embedder)
    started = time.perf_counter()
    embedder.embed_passages(texts)
    bare = time.perf_counter() - started
    print(
        f"{report.passages} passages: ingest {report.passages / report.seconds:.1f}/s,"
        f" bare embedder {len(texts) / bare:.1f}/s, ratio {bare / report.seconds:.3f}"
    )
    return bare / report.seconds


def passages_of(source: Path, settings: IngestSettings, embedder) -> list[str]:  # noqa: ANN001 - Embedder
    """Exactly the texts that the ingest embedded."""
    budget = min(settings.passage_tokens, embedder.max_tokens)
    return [
        embedded_text(passage.context, passage.text)
        for document in load(source, source.name, max_bytes=10**9)
        if isinstance(document, Document)
        for passage in gather_passages(document, split_sentences(document), budget, embedder.count_tokens)
    ]


def write_source(target: Path, data: Path | None, documents: int) -> None:
    """A JSON Lines corpus of that many documents."""
    lines = corpus_lines() if data is None else (data / "corpus.jsonl").read_text("utf-8").split("\n")
    target.write_text("\n".join(islice((line for line in lines if line), documents)), encoding="utf-8")


def corpus_lines():  # noqa: ANN201 - an endless generator of str
    """Our own documents over and over, no two texts the same."""
    files = sorted(path for path in CORPUS.rglob("*") if path.suffix in SUFFIXES)
    documents = [doc for path in files for doc in load(path, path.name, max_bytes=10**8)]
    for number in count():
        document = documents[number % len(documents)]
        text = f"Copy number {number}.\n\n{document.text}"
        yield json.dumps({"_id": f"{number}", "title": document.title, "text": text})


if __name__ == "__main__":
    main()
