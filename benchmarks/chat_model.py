"""What a chat model's answers are made of: how statements are carried, what is withheld, how long it takes.

    PINCITE_GENERATION_MODEL=… python benchmarks/chat_model.py INDEX QUESTIONS.jsonl

The model is the one that the settings name. Citation precision and recall are `pincite eval run` and `score`;
with the same settings both ask for the same drafts, which are asked of the model once and kept.
"""

import argparse
from collections import Counter
from pathlib import Path
from statistics import median

from api.settings import load_settings
from evals.questions import EvalQuestion, read_questions
from qa.answers import Answer, Outcome
from qa.assembly import open_assistant
from qa.questions import Question, Turn


def main() -> None:
    """Asks all questions and prints one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path)
    arguments = parser.parse_args()
    assistant = open_assistant(load_settings({"index": arguments.index}))
    outcomes = [assistant.ask(as_asked(question)) for question in read_questions(arguments.questions)]
    print(f"{len(outcomes)} questions, {assistant.writer.generator.fingerprint}")
    tell(outcomes)


def as_asked(question: EvalQuestion) -> Question:
    """The question with what was said before it."""
    return Question(question.question, tuple(Turn(turn.speaker, turn.text) for turn in question.history))


def tell(outcomes: list[Outcome]) -> None:
    """Counts of answers, claims and withheld statements, and the seconds of writing."""
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    asked = [one for one in outcomes if one.trace.drafting.requests or one.trace.drafting.cached]
    claims = [claim for answer in answers for claim in answer.claims]
    withheld = [item for outcome in outcomes for item in outcome.trace.withheld]
    print(f"answers                {len(answers)}")
    print(f"asked of the model     {len(asked)}")
    print(f"answers with a notice  {sum(bool(answer.notice) for answer in answers)}")
    cited = sum(len(claim.citations) for claim in claims)
    print(f"sources                {cited / max(1, len(claims)):.2f} a claim")
    _print_counts("claims", Counter(str(claim.support) for claim in claims))
    _print_counts("withheld", Counter(str(item.reason) for item in withheld))
    writing = [step.seconds for outcome in asked for step in outcome.trace.durations if step.step == "write"]
    print(f"seconds of writing     {median(writing) if writing else 0:.1f} at the median")


def _print_counts(name: str, counts: Counter[str]) -> None:
    told = ", ".join(f"{count} {kind}" for kind, count in counts.most_common())
    print(f"{name:22} {counts.total()}{': ' + told if told else ''}")


if __name__ == "__main__":
    main()
