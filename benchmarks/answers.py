"""Answer quality on labelled questions: citations, abstention, confidence, time.

    python benchmarks/answers.py QUESTIONS --index DIR [--limit N]

The index must hold the questions' documents (`pincite ingest CORPUS.jsonl --index DIR`).
"""

import argparse
import random
from pathlib import Path

from evals.judging import judge
from evals.questions import read_questions
from evals.run import ask_all, asking
from evals.score import score
from qa.assembly import open_assistant
from qa.settings import AssistantSettings, QaSettings


def main() -> None:
    """Asks, scores, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--min-confidence", type=float, default=QaSettings().min_confidence)
    options = parser.parse_args()
    qa = QaSettings(min_confidence=options.min_confidence)
    assistant = open_assistant(AssistantSettings(index=options.index, qa=qa))
    questions = list(read_questions(options.questions))
    if options.limit:  # a file's first questions are often of one kind
        questions = random.Random(7).sample(questions, min(options.limit, len(questions)))
    run = list(ask_all(asking(assistant), questions))
    with assistant.store.reading() as live:
        judged = judge(live, run, questions)
    for name, found in score(judged).items():
        print(f"{name:24} {'—' if found.value is None else f'{found.value:.4f}'}  n={found.n}")


if __name__ == "__main__":
    main()
