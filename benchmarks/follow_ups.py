"""Holds follow-up questions against the same questions asked standalone.

    python benchmarks/follow_ups.py INDEX [--own-answers] [--show]

`follow_ups.jsonl` names a question of the development split whose gold counts, and how it reads standalone;
it holds the history and the follow-up, too, unless those of the question set itself are meant. Prints how
often the first citation is right, for the follow-up with its history, for the follow-up without it, and for
the standalone question; with --show, every rewritten question. With --own-answers the history holds what
Pincite itself answers to its questions, whole sentences of documents, in the place of the written answers.

Where the settings name a chat model, it rewrites the follow-ups, the offline generator answers, and it is
counted what became of its rewrites.
"""

import argparse
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

from api.settings import load_settings
from evals.judging import gold_places
from evals.measures import Place, first_citation
from evals.questions import EarlierTurn, EvalQuestion, is_development, read_questions
from qa.answers import Answer, Trace
from qa.assembly import open_assistant
from qa.assistant import Assistant
from qa.chat_model import ChatModel
from qa.questions import Question, Turn
from qa.rewriting import ModelRewriter
from qa.settings import EXTRACTIVE, AssistantSettings, GenerationSettings

HERE = Path(__file__).parent
NAMED = re.compile(r" [^ ]+(, [^ ]+)*(, which nobody mentioned)?$")  # the words of one rewrite
WAYS = ("follow-up", "without history", "standalone")


def main() -> None:
    """Asks each in three ways, prints the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--own-answers", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    assistant = opened(load_settings({"index": options.index}))
    rewritten: Counter[str] = Counter()
    golden = {each.id: each for each in read_questions(HERE.parent / "evals" / "questions.jsonl")}
    right = dict.fromkeys(WAYS, 0)
    lines = (HERE / "follow_ups.jsonl").read_text(encoding="utf-8").splitlines()
    for item in map(json.loads, lines):
        gold = golden[item["gold"]]
        assert is_development(gold.id), f"{gold.id} is of the test split"
        followed = asked(item, gold)
        if options.own_answers:
            followed = answered(assistant, followed)
        standalone = Question(item["standalone"])
        verdicts = [is_right(assistant, each, gold) for each in (followed, bare(followed), standalone)]
        for way, verdict in zip(WAYS, verdicts, strict=True):
            right[way] += verdict[0]
        if options.show:
            marks = " ".join("+" if verdict[0] else "-" for verdict in verdicts)
            print(f"{gold.id} {marks}  {followed.text}\n            {verdicts[0][1].query}")
        if how := verdicts[0][1].rewriting:
            rewritten[NAMED.sub("", how)] += 1
    for way, count in right.items():
        print(f"{way:16} {count:3} of {len(lines)}  {100 * count / len(lines):.1f} %")
    for how, count in rewritten.most_common():
        print(f"{count:3} rewritten {how}")


def opened(settings: AssistantSettings) -> Assistant:
    """An assistant that answers offline, and rewrites follow-ups as the settings say."""
    assistant = open_assistant(settings.model_copy(update={"generation": GenerationSettings()}))
    if settings.generation.model == EXTRACTIVE:
        return assistant
    return replace(assistant, rewriter=ModelRewriter(ChatModel(settings.generation)))


def asked(item: dict[str, object], gold: EvalQuestion) -> Question:
    """The follow-up with its history."""
    said = [EarlierTurn.model_validate(turn) for turn in item.get("history", ())] or gold.history
    text = str(item.get("question", gold.question))
    return Question(text, tuple(Turn(turn.speaker, turn.text) for turn in said))


def answered(assistant: Assistant, question: Question) -> Question:
    """The question after a history of the same questions with the assistant's own answers."""
    history: tuple[Turn, ...] = ()
    for turn in question.history:
        if turn.speaker == "user":
            outcome = assistant.ask(Question(turn.text, history))
            text = outcome.text if isinstance(outcome, Answer) else ""
            history = (*history, turn, Turn("assistant", text))
    return replace(question, history=history)


def bare(question: Question) -> Question:
    """The follow-up as if nothing had been said."""
    return replace(question, history=())


def is_right(assistant: Assistant, question: Question, gold: EvalQuestion) -> tuple[bool, Trace]:
    """Whether the first citation is of a gold sentence, and how the answer came about."""
    outcome = assistant.ask(question)
    if not isinstance(outcome, Answer):
        return False, outcome.trace
    first = outcome.claims[0].citations[0]
    with assistant.store.reading() as live:
        places = gold_places(live, gold)
    place: Place = (first.document.id, first.span)
    return first_citation([place], places) == 1.0, outcome.trace


if __name__ == "__main__":
    main()
