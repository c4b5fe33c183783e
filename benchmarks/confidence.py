"""Fits confidence on labelled questions, and shows what each threshold would answer.

    python benchmarks/confidence.py QUESTIONS=INDEX … [--limit N]

Every question is asked with the threshold at 0; the first citation is right or wrong by the gold
sentences, and what is unanswerable has no right one. Prints a logistic fit of right on score.
"""

import argparse
import random
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from evals.judging import gold_places
from evals.measures import first_citation
from evals.questions import read_questions
from evals.run import ask_all
from qa.assembly import open_assistant
from qa.confidence import score_of
from qa.settings import AssistantSettings, QaSettings

Judged = tuple[float, bool, bool]  # score, whether answerable, whether the first citation is right


def main() -> None:
    """Asks, fits, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--limit", type=int, default=150)
    options = parser.parse_args()
    judged = {name: judge(*map(Path, name.split("=")), options.limit) for name in options.sets}
    pooled = [item for items in judged.values() for item in items]
    scores = np.array([[score] for score, _, _ in pooled])
    fit = LogisticRegression(C=100).fit(scores, [right for _, _, right in pooled])
    print(f"n={len(pooled)} slope {fit.coef_[0][0]:.3f} intercept {fit.intercept_[0]:.3f}")
    for name, items in judged.items():
        print(f"\n{name}\nscore  answered of answerable  of unanswerable  right of answered")
        for threshold in range(9):
            print_row(items, threshold)


def judge(questions_file: Path, index: Path, limit: int) -> list[Judged]:
    """A random sample of the questions, asked without a threshold."""
    assistant = open_assistant(AssistantSettings(index=index, qa=QaSettings(min_confidence=0)))
    questions = [q for q in read_questions(questions_file) if q.evidence or not q.answerable]
    sample = random.Random(7).sample(questions, min(limit, len(questions)))
    judged = []
    for question, item in zip(sample, ask_all(assistant, sample), strict=True):
        with assistant.store.reading() as live:
            gold = gold_places(live, question)
        right = first_citation([place for place, _ in item.citations], gold) or 0.0
        score = score_of(min(max(item.confidence, 1e-4), 1 - 1e-4))
        judged.append((score, question.answerable, question.answerable and right > 0))
    return judged


def print_row(items: list[Judged], threshold: float) -> None:
    """What would be answered at a threshold on the score."""
    answered = [item for item in items if item[0] >= threshold]
    shares = [
        f"{sum(item[1] is kind for item in answered) / max(1, sum(item[1] is kind for item in items)):.3f}"
        for kind in (True, False)
    ]
    right = sum(item[2] for item in answered) / max(1, len(answered))
    print(f"{threshold:5}  {shares[0]:22}  {shares[1]:15}  {right:.3f}")


if __name__ == "__main__":
    main()
