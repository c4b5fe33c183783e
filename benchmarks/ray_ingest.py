"""An ingest on Ray against one in this process, on the same cores; and what more machines would bring.

    python benchmarks/ray_ingest.py [--data FOLDER] [--documents N] [--rounds R]

Without FOLDER (of `corpus.jsonl`) the corpus of this project is repeated with its figures changed.
Each round ingests the same documents into two fresh indexes, here and with `--ray local`, in an order
that changes from round to round. Then the results of all workers are kept, and played back as fast as
they are taken: that is how fast who asked can send, receive and store, however many machines there are.
"""

import argparse
import pickle
import statistics
import tempfile
import time
from pathlib import Path

from bulk_ingest import write_source

from ingest.assembly import open_builder, open_cluster_reader, open_workers
from ingest.build import IngestReport
from ingest.cluster.reader import ClusterReader
from ingest.cluster.work import Check, Load, Order, Prepare, Recipe, run
from ingest.cluster.workers import Piece
from ingest.settings import IndexSettings

CORES = (1, 2, 4, 8, 16, 32, 64)


def main() -> None:
    """Prints one line per round, the medians, and the projection."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3, help="0 for the projection alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "corpus.jsonl"
        write_source(source, options.data, options.documents)
        bench = Bench(Path(scratch), source)
        for number in range(options.rounds):
            bench.one_round(number)
        if options.rounds:
            bench.medians()
        bench.project()


class Bench:
    """Ingests of one file, into one index after the other."""

    def __init__(self, scratch: Path, source: Path) -> None:
        self._scratch = scratch
        self._source = source
        self._here: list[float] = []
        self._there: list[float] = []
        self._cores = 0

    def one_round(self, number: int) -> None:
        """A pair, who goes first changing."""
        ways = [self._ingest_here, self._ingest_there]
        for way in ways if number % 2 == 0 else reversed(ways):
            way(number)
        here, there = self._here[-1], self._there[-1]
        print(f"here {here:.1f} passages/s, Ray {there:.1f} passages/s, ratio {there / here:.2f}", flush=True)

    def medians(self) -> None:
        """Of all rounds."""
        ratios = [there / here for here, there in zip(self._here, self._there, strict=True)]
        print(
            f"median of {len(ratios)} pairs: here {statistics.median(self._here):.1f} passages/s,"
            f" Ray on {self._cores} cores {statistics.median(self._there):.1f}, ratio"
            f" {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})",
            flush=True,
        )

    def project(self) -> None:
        """What more cores would make, and what can be stored; by processor time, whatever else runs here."""
        recording = self._recording()
        report = self._played_back(recording.results, 0)[1]
        stored = statistics.median(self._played_back(recording.results, n)[0] for n in range(1, 4))
        made = recording.seconds / report.passages
        print(f"processor time a passage: workers {1000 * made:.2f} ms, who asked {1000 * stored:.2f} ms")
        for cores in CORES:
            rate, bound = min((cores / made, "workers"), (1 / stored, "storing"))
            print(f"{cores:4} cores: {rate:.0f} passages/s, bound by {bound}")

    def _ingest_here(self, number: int) -> None:
        settings = IndexSettings(index=self._scratch / f"here{number}")
        self._here.append(rate(open_builder(settings).ingest([str(self._source)])))

    def _ingest_there(self, number: int) -> None:
        settings = IndexSettings(index=self._scratch / f"there{number}")
        started = time.perf_counter()
        with open_workers(settings, "local") as workers:
            self._cores = workers.cores
            print(f"Ray was there after {time.perf_counter() - started:.1f} s", flush=True)
            # every worker has its model before the clock runs, as on a cluster that is at work
            pieces = [workers.start(Check()) for _ in range(4 * workers.cores)]
            while any(piece.result is None for piece in pieces):
                workers.wait()
            builder = open_builder(settings, reader=open_cluster_reader(settings, workers))
            self._there.append(rate(builder.ingest([str(self._source)])))

    def _recording(self) -> "RecordingWorkers":
        settings = IndexSettings(index=self._scratch / "recorded")
        workers = RecordingWorkers(open_workers(settings, "local")._recipe)
        workers.start(Check())  # the model is loaded once, and not for each ingest
        workers.seconds = 0.0
        reader = ClusterReader(workers, settings.ingest.max_bytes)
        open_builder(settings, reader=reader).ingest([str(self._source)])
        return workers

    def _played_back(self, results: dict[str, bytes], number: int) -> tuple[float, IngestReport]:
        """Seconds of processor time a passage, and the report."""
        settings = IndexSettings(index=self._scratch / f"played{number}")
        workers = RecordingWorkers(open_workers(settings, "local")._recipe, results)
        builder = open_builder(settings, reader=ClusterReader(workers, settings.ingest.max_bytes))
        started = time.process_time()
        report = builder.ingest([str(self._source)])
        return (time.process_time() - started) / report.passages, report


class RecordingWorkers:
    """Carries orders out here, or gives the results they had the last time; both ways through pickles."""

    def __init__(self, recipe: Recipe, results: dict[str, bytes] | None = None) -> None:
        self.cores = 4
        self.repeated = 0
        self.seconds = 0.0  # of processor time, for what was carried out
        self.results: dict[str, bytes] = results or {}
        self._recipe = recipe

    def start(self, order: Order, attempts: int = 1) -> Piece:
        """The order is carried out at once."""
        message = pickle.dumps((self._recipe, order), pickle.HIGHEST_PROTOCOL)
        name = named(order)
        if name not in self.results:
            started = time.process_time()
            self.results[name] = run(message)
            self.seconds += time.process_time() - started
        return Piece(order, attempts, pickle.loads(self.results[name]))

    def pending(self) -> int:
        """Nothing ever is."""
        return 0

    def look(self) -> None:
        """Everything is there already."""

    def wait(self) -> None:
        """Never needed."""


def named(order: Order) -> str:
    """The same for the same order."""
    match order:
        case Load():
            return order.name
        case Prepare():
            return " ".join(document.id for document in order.documents)
    return ""


def rate(report: IngestReport) -> float:
    """Passages a second."""
    return report.passages / report.seconds


if __name__ == "__main__":
    main()
