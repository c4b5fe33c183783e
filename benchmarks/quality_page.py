"""Writes docs/quality.md from measured sets."""

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evals.score import LOWER_IS_BETTER, Score, Table

RETRIEVAL = (
    "document nDCG@10",
    "document Hit@1",
    "document Hit@10",
    "document Recall@10",
    "document MRR@10",
    "sentence nDCG@10",
    "sentence Hit@1",
    "sentence Hit@10",
    "sentence Recall@10",
    "sentence MRR@10",
)
"""Measures taken of every way; the rest is taken of the pipeline alone."""

ABOUT = {
    "clapnq": "ClapNQ: natural questions on Wikipedia passages, half of them without an answer in their"
    " passage; 11,745 other Wikipedia passages beside them. Rosenthal, Sil, Florian, Roukos, TACL 2025.",
    "multihoprag": "MultiHop-RAG: questions over several news articles, here as single sentences; 247 of the"
    " 429 answers are yes or no. Tang, Yang, COLM 2024.",
    "scifact": "SciFact: scientific claims against abstracts. Wadden et al., EMNLP 2020; retrieval as in"
    " BEIR, Thakur et al., NeurIPS 2021.",
    "ramdocs_dev": "RAMDocs, one half: ambiguous questions with noise and misinformation, all documents"
    " pooled; every right answer is wanted and no wrong one. Wang et al., COLM 2025.",
    "selqa_dev": "SelQA, development part: the answering sentence in a Wikipedia section. Jurczyk, Zhai,"
    " Choi, ICTAI 2016.",
}

INTRODUCTION = """\
# Quality on public sets

Written by `make eval-public DATA=FOLDER`. The sets are not part of this repository; where they come from is
said with each. Nothing was trained on them. The threshold of abstention and the weights of fusion were
chosen on parts of some of them and of our own development questions
([retrieval](decisions/0007-retrieval.md), [reading](decisions/0008-reading.md),
[confidence](decisions/0009-confidence.md)).

Values stand with their 95 % bootstrap interval and, where it is not the number of questions, the number n
they are taken over. *Lexical*, *dense* and *fused* retrieve a hundred passages and nothing else; the *full
pipeline* is what `pincite ask` does, which reads ten passages, so that fewer than ten documents can be among
them. A measure that does not apply is left out. What the measures mean stands in `evals/measures/`.
"""

PUBLISHED = """\
## Published figures

| Set | Measure | System | Figure | Source |
|---|---|---|---:|---|
| SciFact | nDCG@10 | BM25 (Lucene) | 0.679 | Pyserini, docs/experiments-beir-fusion.md |
| SciFact | nDCG@10 | all-MiniLM-L6-v2 | 0.645 | MTEB leaderboard (Muennighoff et al., EACL 2023) |
| SciFact | nDCG@10 | bge-small-en-v1.5 | 0.713 | its model card; MTEB leaderboard |
| SciFact | nDCG@10 | BM25 and bge-base-en-v1.5, RRF | 0.742 | Pyserini, docs/experiments-beir-fusion.md |
| RAMDocs | all answers, none wrong | strongest baseline | 0.326 | Wang et al., COLM 2025 |

RAMDocs' figure is over all 500 questions, each asked of its own few documents. For the other sets, the pools
that published figures were taken on differ from these.
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One set's scores.

    Attributes:
        documents: documents in its index.
        questions: questions asked.
        ways: scores of each way of answering, the whole pipeline last.
    """

    documents: int
    questions: int
    ways: Mapping[str, Table]


def write_page(measured: Mapping[str, Measured], page: Path | None) -> None:
    """Writes the page, or prints it."""
    sections = [_section(*item) for item in measured.items()]
    # Taken apart: it takes another model, and hours.
    chat = (Path(__file__).parent / "with_chat_model.md").read_text(encoding="utf-8")
    text = "\n".join([INTRODUCTION, PUBLISHED, *sections, chat, _machine()])
    if page:
        page.write_text(text, encoding="utf-8")
    else:
        print(text)


def _section(name: str, measured: Measured) -> str:
    counts = f"{measured.documents:,} documents, {measured.questions:,} questions."
    return "\n".join(
        [f"## {name}\n", f"{ABOUT[name]} {counts}\n", *_retrieval(measured), "", *_answers(measured), ""]
    )


def _retrieval(measured: Measured) -> Iterator[str]:
    yield f"| Retrieval | {' | '.join(measured.ways)} |"
    yield "|---|" + "---:|" * len(measured.ways)
    for measure in RETRIEVAL:
        scores = [table[measure] for table in measured.ways.values()]
        if scores[0].value is not None:
            yield f"| {measure} | {' | '.join(_cell(score, measured.questions) for score in scores)} |"


def _answers(measured: Measured) -> Iterator[str]:
    (*_, table) = measured.ways.values()
    yield "| Answers | full pipeline |"
    yield "|---|---:|"
    for measure, score in table.items():
        if score.value is not None and not measure.startswith(("document", "sentence")):
            better = " (lower is better)" if measure in LOWER_IS_BETTER else ""
            yield f"| {measure}{better} | {_cell(score, measured.questions)} |"


def _cell(score: Score, questions: int) -> str:
    if score.value is None:
        return "–"
    spread = f" [{score.interval.low:.3f}, {score.interval.high:.3f}]" if score.interval else ""
    return f"{score.value:.3f}{spread}" + ("" if score.n == questions else f" n={score.n}")


def _machine() -> str:
    machine = f"{platform.system()} {platform.machine()} with {os.cpu_count()} processors"
    return f"Seconds were taken on {machine}, beside whatever else it did: `make bench` is for speed.\n"
