"""Fits confidence on labelled questions, and shows what each threshold would answer.

    python benchmarks/confidence.py QUESTIONS=INDEX … [--limit N]

Every question is asked with the threshold at 0; the best sentence is right or wrong by the gold
sentences, and what is unanswerable has no right one. Prints a logistic fit of right on score, each set
weighing the same, and for each threshold on confidence what would be answered.
"""

import argparse
import random
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from evals.judging import gold_places
from evals.measures import Place, first_citation
from evals.questions import EvalQuestion, of_split, read_questions
from ingest.store import Snapshot
from qa.assembly import open_assistant
from qa.assistant import Assistant
from qa.questions import Question, Turn
from qa.settings import AssistantSettings, QaSettings

Judged = tuple[float, bool, bool]  # score, whether answerable, whether the best sentence is right


def main() -> None:
    """Asks, fits, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--limit", type=int, default=150)
    options = parser.parse_args()
    judged = {name: judge(*map(Path, name.split("=")), options.limit) for name in options.sets}
    pooled = [item for items in judged.values() for item in items]
    weights = [1 / len(items) for items in judged.values() for _ in items]
    scores = np.array([[score] for score, _, _ in pooled])
    right = [right for _, _, right in pooled]
    fit = LogisticRegression(C=100).fit(scores, right, np.array(weights) * len(pooled) / len(judged))
    slope, intercept = fit.coef_[0][0], fit.intercept_[0]
    print(f"n={len(pooled)} slope {slope:.3f} intercept {intercept:.3f}")
    for name, items in judged.items():
        print(f"\n{name}\nconfidence  answered of answerable  of unanswerable  right of answered")
        for threshold in np.arange(0.3, 0.61, 0.02):
            print_row(items, threshold, (np.log(threshold / (1 - threshold)) - intercept) / slope)


def judge(questions_file: Path, index: Path, limit: int) -> list[Judged]:
    """A random sample of the development questions, asked without a threshold."""
    assistant = open_assistant(AssistantSettings(index=index, qa=QaSettings(min_confidence=0)))
    questions = of_split(read_questions(questions_file), "development")
    usable = [question for question in questions if question.evidence or not question.answerable]
    sample = random.Random(7).sample(usable, min(limit, len(usable)))
    with assistant.store.reading() as live:
        return [item for question in sample if (item := judge_one(assistant, live, question))]


def judge_one(assistant: Assistant, live: Snapshot, question: EvalQuestion) -> Judged | None:
    """Score of the best sentence and whether it is right; None if nothing was shown."""
    history = tuple(Turn(turn.speaker, turn.text) for turn in question.history)
    shown = assistant.ask(Question(question.question, history)).trace.shown
    if not shown:
        return None
    document = live.document(shown[0].document_id)
    best: Place = (document.id, live.sentences(document)[shown[0].sentence].span)
    right = first_citation([best], gold_places(live, question)) == 1.0
    return shown[0].score, question.answerable, question.answerable and right


def print_row(items: list[Judged], confidence: float, score: float) -> None:
    """What would be answered at a threshold on confidence, which is one on the score."""
    answered = [item for item in items if item[0] >= score]
    shares = [
        f"{sum(item[1] is kind for item in answered) / max(1, sum(item[1] is kind for item in items)):.3f}"
        for kind in (True, False)
    ]
    right = sum(item[2] for item in answered) / max(1, len(answered))
    print(f"{confidence:10.2f}  {shares[0]:22}  {shares[1]:15}  {right:.3f}")


if __name__ == "__main__":
    main()
