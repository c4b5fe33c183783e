import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.training.examples import ASKED, HIGHFELL, LOWMERE, article_of, cuts_of
from training.cutting import Cut
from training.negatives import FEWEST, INTERCHANGEABLE, NEGATIVE_KINDS, Asked, Corpus, negatives
from training.prepare import prepare_held_out, prepare_round
from training.sources import Article
from training.windows import Window

TOWN = article_of(LOWMERE, ASKED)
VILLAGE = article_of(HIGHFELL, title="Highfell")
TOWNS = (TOWN, VILLAGE)


def first_asked(article: Article, number: int, budget: int) -> Asked:
    question = article.questions[number]
    cut = next(cut for cut in cuts_of(article, budget) if cut.golds(question))
    return Asked(question, cut, cut.ask(question, f"{article.group}/{question.id}"))


def made(asked: Asked, cuts: Sequence[Cut], seed: int = 0) -> dict[str, Window]:
    corpus = Corpus(cuts)
    scores = corpus.score([asked.question.text])[0]
    return {window.kind: window for window in negatives(asked, corpus, scores, random.Random(seed))}


def made_of(articles: Sequence[Article], number: int, budget: int, seed: int = 0) -> dict[str, Window]:
    cuts = [cut for article in articles for cut in cuts_of(article, budget)]
    return made(first_asked(articles[0], number, budget), cuts, seed)


def says(window: Window, words: str) -> bool:
    return re.search(rf"\b{re.escape(words)}\b", " ".join(window.sentences), re.IGNORECASE) is not None


def test_every_kind_can_be_had() -> None:
    budgets = (30, 45, 60, 400)
    kinds = {kind for number in range(4) for budget in budgets for kind in made_of(TOWNS, number, budget)}
    assert kinds == set(NEGATIVE_KINDS)


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(15, 120), st.integers(0, 50))
def test_no_negative_window_says_the_answer_and_none_has_golds(number: int, budget: int, seed: int) -> None:
    asked = first_asked(TOWN, number, budget)
    for kind, window in made_of(TOWNS, number, budget, seed).items():
        assert (window.golds, window.span, window.answers) == ((), None, ())
        assert window.id == f"{asked.window.id}/{kind}"
        assert len(window.sentences) >= FEWEST or kind == "swapped"
        assert window.source == TOWN.source
        assert window.group == (VILLAGE if kind == "foreign" else TOWN).group
        if kind != "swapped":
            assert window.question == asked.question.text
            assert not says(window, asked.window.answers[0])


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(15, 120))
def test_a_removed_window_is_the_passage_without_its_gold_sentences(number: int, budget: int) -> None:
    whole = first_asked(TOWN, number, budget).window
    if window := made_of(TOWNS, number, budget).get("removed"):
        left = [sentence for n, sentence in enumerate(whole.sentences) if n not in whole.golds]
        assert list(window.sentences) == left
        assert window.context == whole.context


def test_a_passage_that_repeats_the_answer_elsewhere_is_not_used() -> None:
    text = "The mill burned down in 1633. The harbour is old. The year 1633 was dry. Nobody swam. It rained."
    article = article_of(text, [("When did the mill burn down?", "1633")])
    assert "removed" not in made_of([article], 0, 400)
    other = article_of("A mill burned down in 1633, too. It was rebuilt.", title="Ostley")
    assert "foreign" not in made_of([article, other], 0, 400)


def test_a_longer_number_is_not_taken_for_the_answer() -> None:
    town = article_of(
        "The town has 24 mills. Each mill is old. It lies on a river.", [("How many mills?", "24")]
    )
    village = article_of("It has 240 mills. Each mill is new.", title="Highfell")
    assert says(made_of([town, village], 0, 400)["foreign"], "240")


def test_a_sibling_is_of_the_same_article_and_a_foreign_window_is_not() -> None:
    windows = made_of(TOWNS, 1, 30)
    assert windows["sibling"].group == TOWN.group
    assert windows["foreign"].group == VILLAGE.group
    assert all(one_sentence in HIGHFELL for one_sentence in windows["foreign"].sentences)
    assert windows["sibling"].sentences != first_asked(TOWN, 1, 30).window.sentences


@pytest.mark.parametrize("source", INTERCHANGEABLE)
def test_reviews_comments_and_policies_neither_have_foreign_windows_nor_are_any(source: str) -> None:
    like = article_of(LOWMERE, ASKED, source=source)
    assert "foreign" not in made_of([like, VILLAGE], 1, 30)
    lent = article_of(HIGHFELL, title="Highfell", source=source)
    assert "foreign" not in made_of([TOWN, lent], 1, 30)


@settings(deadline=None)
@given(st.integers(0, 3), st.integers(15, 120), st.integers(0, 50))
def test_a_swapped_window_is_the_same_passage_under_another_question(
    number: int, budget: int, seed: int
) -> None:
    asked = first_asked(TOWN, number, budget).window
    if window := made_of(TOWNS, number, budget, seed).get("swapped"):
        assert window.question != asked.question
        assert window.sentences == asked.sentences
        gold = " ".join(asked.sentences[n] for n in asked.golds).casefold().split()
        new = [
            word
            for word in window.question.casefold().split()
            if word not in asked.question.casefold().split()
        ]
        assert new
        assert not set(new) & set(gold)


def test_a_passage_that_shares_no_word_with_the_question_is_no_sibling() -> None:
    text = "The mill burned down in 1633. It was large.\n\nNobody swam there. Cows came by."
    windows = made_of([article_of(text, [("When did the mill burn down?", "1633")])], 0, 16)
    assert "sibling" not in windows


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3))
def test_a_round_asks_every_question_once_and_names_every_window_once(number: int) -> None:
    windows = prepare_round(TOWNS, number)
    answerable = [window for window in windows if window.kind == "answerable"]
    assert len(answerable) == len(ASKED)
    assert all(window.golds for window in answerable)
    assert len({window.id for window in windows}) == len(windows)
    assert prepare_round(TOWNS, number) == windows


def test_held_out_windows_keep_title_and_spelling() -> None:
    windows = prepare_held_out(TOWNS)
    assert {window.question for window in windows if window.kind != "swapped"} == {text for text, _ in ASKED}
    assert all(window.context for window in windows)
