"""Quality on public sets: three ways of retrieving, and the whole pipeline. Writes docs/quality.md.

    python benchmarks/public_sets.py --data FOLDER --work FOLDER [--sets NAME …] [--page FILE]

FOLDER holds a folder per set with `corpus.jsonl` and `questions.jsonl`. Indexes, vectors and run files
stay in the work folder: what was embedded or asked before with the same settings, models and versions is
not done again. After a change of the code alone, delete the work folder's `runs`.
"""

import argparse
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from quality_page import Measured, write_page
from rich.progress import track

from api.settings import load_settings
from evals.judging import Judged, judge
from evals.questions import EvalQuestion, read_questions
from evals.run import Ask, asking, header_of, run_questions
from evals.run_file import Asked, RunHeader, read_run
from evals.score import score
from ingest.assembly import open_builder, open_store
from ingest.store import EVERYTHING, PassageKey, Snapshot
from qa.assembly import open_assistant, open_retriever
from qa.retrieval import HybridRetriever
from qa.settings import AssistantSettings

CORPORA = {
    "clapnq": ("clapnq", "wiki_distractors"),
    "multihoprag": ("multihoprag",),
    "scifact": ("scifact",),
    "ramdocs_dev": ("ramdocs_dev",),
    "selqa_dev": ("selqa_dev",),
}
"""The sets, and what is indexed for each: a pool of gold documents alone would be too easy."""

PIPELINE = "full pipeline"
Rank = Callable[[HybridRetriever, Snapshot, str], Sequence[PassageKey]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one set's files are."""

    name: str
    data: Path
    work: Path

    @property
    def questions(self) -> Path:
        """Its judged questions."""
        return self.data / self.name / "questions.jsonl"

    def settings(self) -> AssistantSettings:
        """The user's settings, but for the index and the cache."""
        own = load_settings({"index": self.work / "indexes" / self.name})
        ingest = own.ingest.model_copy(update={"vector_cache": self.work / "vectors"})
        return AssistantSettings(index=own.index, ingest=ingest, qa=own.qa)

    def run_file(self, way: str, header: RunHeader) -> Path:
        """A file of its own for each way and header."""
        digest = hashlib.sha256(repr(asdict(replace(header, source=""))).encode()).hexdigest()[:10]
        return self.work / "runs" / f"{self.name}-{way.replace(' ', '-')}-{digest}.jsonl"


def main() -> None:
    """Measures the sets and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sets", nargs="*", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--page", type=Path, help="without it, the page is printed")
    options = parser.parse_args()
    (options.work / "runs").mkdir(parents=True, exist_ok=True)
    measured = {name: measure(Place(name, options.data, options.work)) for name in options.sets}
    write_page(measured, options.page)


def measure(place: Place) -> Measured:
    """Indexes one set and asks its questions every way."""
    settings = place.settings()
    corpora = [str(place.data / corpus / "corpus.jsonl") for corpus in CORPORA[place.name]]
    report = open_builder(settings).ingest(corpora)
    questions = read_questions(place.questions)
    assistant = open_assistant(settings)
    whole = header_of(assistant, questions, place.questions)
    asks = {**_retrieving(settings), PIPELINE: asking(assistant)}
    with assistant.store.reading() as live:
        judged = {way: _judged(place, live, way, ask, whole, questions) for way, ask in asks.items()}
    documents = report.added + report.replaced + report.unchanged
    return Measured(documents, len(questions), {way: score(items) for way, items in judged.items()})


def _judged(
    place: Place,
    live: Snapshot,
    way: str,
    ask: Ask,
    whole: RunHeader,
    questions: Sequence[EvalQuestion],
) -> Sequence[Judged]:
    header = whole if way == PIPELINE else replace(whole, reader="", generator="")
    path = place.run_file(way, header)
    for _ in track(run_questions(ask, header, questions, path), f"{place.name}: {way}", len(questions)):
        pass
    return judge(live, read_run(path)[1], questions)


def _retrieving(settings: AssistantSettings) -> Mapping[str, Ask]:
    """Ways of retrieving alone, as deep as the lists that are fused."""
    retriever = open_retriever(settings)
    ways: Mapping[str, Rank] = {
        "lexical": lambda found, live, text: [key for key, _ in found.lexical(live, text, None)],
        "dense": lambda found, live, text: [key for key, _ in found.dense(live, text, None)],
        "fused": _fused,
    }
    return {name: partial(_retrieve, settings, retriever, rank) for name, rank in ways.items()}


def _fused(retriever: HybridRetriever, live: Snapshot, text: str) -> Sequence[PassageKey]:
    found = retriever.retrieve(live, text, EVERYTHING, retriever.settings.depth)
    return [scored.passage.key for scored in found]


def _retrieve(
    settings: AssistantSettings, retriever: HybridRetriever, rank: Rank, question: EvalQuestion
) -> Asked:
    """Passages alone, as a run keeps them; nothing is read and nothing said."""
    with open_store(settings).reading() as live:
        keys = rank(retriever, live, question.question)
        passages = live.passages(list(keys))
    places = tuple((passages[key].document_id, passages[key].span) for key in keys)
    return Asked(question.id, "abstention", "", 0.0, (), places, 0.0)


if __name__ == "__main__":
    main()
