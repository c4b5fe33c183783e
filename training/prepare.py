"""Making the windows to train on and those to measure on: `python -m training.prepare DATA --out DIR`."""

import argparse
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from evals.measures.texts import normalise
from ingest.sentences import split_sentences
from training.cutting import Cut, cut_article, cut_evenly
from training.negatives import INTERCHANGEABLE, NEGATIVE_KINDS, Asked, Corpus, negatives
from training.report import note
from training.sources import Article, read_articles
from training.windows import Window, write_windows

SEED = 20_261_122
HELD_OUT_BUDGET = 200  # tokens of a held-out passage
HELD_OUT_SQUAD = 1_500  # questions about held-out encyclopaedia articles
HELD_OUT_OTHERS = 450  # and about the rest
TITLE_DROPPED = 0.2
MARK_DROPPED = 0.1  # questions typed into a search box have neither capitals nor a question mark
BATCH = 256  # questions scored at once
# how often a question yields each kind, where it can
SHARES = dict(zip(NEGATIVE_KINDS, (0.25, 0.35, 0.9, 0.2), strict=True))
SHARES_INTERCHANGEABLE = dict(zip(NEGATIVE_KINDS, (0.25, 0.2, 0.9, 0.0), strict=True))


def main() -> None:
    """Reads the arguments and writes `train-0.jsonl`, `train-1.jsonl` … and `heldout.jsonl`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the training sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=2, help="passes, each cut and drawn anew")
    parser.add_argument(
        "--exclude", type=Path, nargs="*", default=[], help="questions.jsonl files whose questions stay out"
    )
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    barred = {text for path in arguments.exclude for text in _question_texts(path)}
    articles = [without(article, barred) for article in read_articles(arguments.data)]
    training = [article for article in articles if not article.held_out]
    for number in range(arguments.rounds):
        windows = prepare_round(training, number)
        _save(arguments.out / f"train-{number}.jsonl", windows)
    held_out = prepare_held_out([article for article in articles if article.held_out])
    _save(arguments.out / "heldout.jsonl", held_out)


def prepare_round(articles: Sequence[Article], number: int) -> list[Window]:
    """One pass: every question with a window that answers it, and some that do not."""
    rng = random.Random(SEED + number)  # noqa: S311 - draws examples, guards nothing
    cuts = [cut_article(article, rng) for article in articles]
    asked = [one for article, own in zip(articles, cuts, strict=True) for one in _ask(article, own, rng)]
    corpus = Corpus([cut for own in cuts for cut in own])
    windows = [
        window
        for one, found in _with_negatives(asked, corpus, rng)
        for window in (one.window, *found)
        if window.kind == "answerable" or rng.random() < _share(window)
    ]
    return [replace(_varied(window, rng), id=f"{number}/{window.id}") for window in windows]


def prepare_held_out(articles: Sequence[Article]) -> list[Window]:
    """A sample of held-out questions, each with its answering window and one of every negative kind."""
    rng = random.Random(SEED)  # noqa: S311 - draws examples, guards nothing
    cuts = [cut_evenly(article, split_sentences(article.document), HELD_OUT_BUDGET) for article in articles]
    asked = [one for article, own in zip(articles, cuts, strict=True) for one in _ask(article, own, rng)]
    rng.shuffle(asked)
    chosen = [one for one in asked if is_squad_like(one.window)][:HELD_OUT_SQUAD]
    chosen += [one for one in asked if not is_squad_like(one.window)][:HELD_OUT_OTHERS]
    corpus = Corpus([cut for own in cuts for cut in own])
    return [window for one, found in _with_negatives(chosen, corpus, rng) for window in (one.window, *found)]


def is_squad_like(window: Window) -> bool:
    """Whether the question is about an encyclopaedia article."""
    return window.source in ("squad1_qg_test", "new_wiki")


def _ask(article: Article, cuts: Sequence[Cut], rng: random.Random) -> Iterator[Asked]:
    """The article's questions, each with one of the windows that answer it."""
    for question in article.questions:
        answering = [cut for cut in cuts if cut.golds(question)]
        if answering:
            cut = rng.choice(answering)
            yield Asked(question, cut, cut.ask(question, f"{article.group}/{question.id}"))


def _with_negatives(
    asked: Sequence[Asked], corpus: Corpus, rng: random.Random
) -> Iterator[tuple[Asked, list[Window]]]:
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        scores = corpus.score([one.question.text for one in batch])
        for one, row in zip(batch, scores, strict=True):
            yield one, list(negatives(one, corpus, row, rng))


def _share(window: Window) -> float:
    shares = SHARES_INTERCHANGEABLE if window.source in INTERCHANGEABLE else SHARES
    return shares[window.kind]


def _varied(window: Window, rng: random.Random) -> Window:
    """The window with its title dropped or its question in a searcher's spelling, now and then."""
    context = "" if rng.random() < TITLE_DROPPED else window.context
    question = window.question
    if rng.random() < MARK_DROPPED:
        question = question.casefold().rstrip("? ")
    return replace(window, context=context, question=question)


def without(article: Article, barred: Set[str]) -> Article:
    """The article without questions that, normalised, are among `barred`."""
    kept = tuple(question for question in article.questions if normalise(question.text) not in barred)
    return replace(article, questions=kept)


def _question_texts(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield normalise(json.loads(line)["question"])


def _save(path: Path, windows: Sequence[Window]) -> None:
    write_windows(path, windows)
    kinds = Counter(window.kind for window in windows)
    note(f"{path.name}: {len(windows)} windows, {dict(kinds)}")
    note(f"  by source: {dict(Counter(window.source for window in windows))}")


if __name__ == "__main__":
    main()
