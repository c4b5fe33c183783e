"""What the second reading would gain from reading pairs of several questions in one run, and what moves then.

    python benchmarks/batching.py INDEX QUESTIONS [--rounds R]

As many pairs of a question and a sentence as eight questions bring, in batches of neighbours in length.
Prints the processor time of a pair, by size of the batch, the median of its ratios to that of one pair a run
in the same round, and by how much logits move. The reader of windows takes one window a run (docs/reader.md)
and is not measured.
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from evals.questions import read_questions
from ingest.assembly import open_store
from ingest.embedding.sessions import open_session, open_tokenizer
from ingest.embedding.weights import MS_MARCO, read_checked
from ingest.settings import IndexSettings
from qa.evidence import RECONSIDERED

QUESTIONS = 8
SIZES = (1, 2, 4, 8, 16)
SEED = 7

Ids = tuple[list[int], list[int]]  # tokens, and whether each is of the pair's second part
Logits = npt.NDArray[np.float32]


class Pairs:
    """Pairs of tokens, shortest first, and the graph that reads them."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        tokenizer = open_tokenizer(read_checked(MS_MARCO, MS_MARCO.tokenizer))
        encodings = tokenizer.encode_batch(pairs)
        self._session = open_session(read_checked(MS_MARCO, MS_MARCO.weights), full_range=MS_MARCO.full_range)
        self._pairs = sorted(((one.ids, one.type_ids) for one in encodings), key=lambda pair: len(pair[0]))

    def read(self, size: int) -> tuple[Logits, float]:
        """Logits of all pairs in batches of `size`, and the seconds of processor time of one pair."""
        started = time.process_time()
        logits = [self._run(self._pairs[start : start + size]) for start in range(0, len(self._pairs), size)]
        return np.concatenate(logits)[:, 0], (time.process_time() - started) / len(self._pairs)

    def _run(self, batch: list[Ids]) -> Logits:
        shape = len(batch), max(len(ids) for ids, _ in batch)
        feed = {name: np.zeros(shape, np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
        for row, (ids, types) in enumerate(batch):
            feed["input_ids"][row, : len(ids)] = ids
            feed["attention_mask"][row, : len(ids)] = 1
            feed["token_type_ids"][row, : len(ids)] = types
        logits: Logits = self._session.run(None, feed)[0]
        return logits


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    pairs = Pairs(list(chosen(options.index, options.questions)))
    alone, _ = pairs.read(1)
    rounds = [{size: pairs.read(size) for size in SIZES} for _ in range(options.rounds)]
    for size in SIZES:
        seconds = statistics.median(measured[size][1] for measured in rounds)
        ratio = statistics.median(measured[size][1] / measured[1][1] for measured in rounds)
        moved = np.abs(rounds[0][size][0] - alone).max()
        print(f"batches of {size:2}: {1000 * seconds:.2f} ms a pair, ratio {ratio:.2f}; moved by {moved:.3f}")


def chosen(index: Path, questions: Path) -> Iterator[tuple[str, str]]:
    """Questions, each with as many sentences as are read a second time."""
    random_ = random.Random(SEED)
    with open_store(IndexSettings(index=index)).reading() as live:
        documents = [live.document(summary.id) for summary in live.summaries()]
        sentences = [sentence.text for document in documents for sentence in live.sentences(document)]
    for question in random_.sample(read_questions(questions), QUESTIONS):
        for sentence in random_.sample(sentences, RECONSIDERED):
            yield question.question, sentence


if __name__ == "__main__":
    main()
