import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.documents import Document, Span
from ingest.sentences import split_sentences
from tests.unit.training.examples import ASKED, GAPS, HIGHFELL, LOWMERE, WORDS, article_of, cuts_of, span_of
from training.cutting import Cut, cut_article, one_line
from training.sources import Article, Question
from training.tokens import count_tokens

SEEDS = st.integers(0, 1_000)


def answered(cut: Cut, question: Question) -> str | None:
    window = cut.ask(question, "q")
    return window.span and window.sentences[window.span.sentence][window.span.start : window.span.end]


@pytest.mark.parametrize("budget", [10, 25, 40, 400])
def test_passages_hold_every_sentence_once(budget: int) -> None:
    article = article_of(LOWMERE, ASKED)
    cuts = cuts_of(article, budget)
    assert tuple(one for cut in cuts for one in cut.sentences) == split_sentences(article.document)
    assert all(sum(count_tokens([cut.context, cut.text])) <= budget for cut in cuts if len(cut.sentences) > 1)


@pytest.mark.parametrize(("text", "answer"), ASKED)
@pytest.mark.parametrize("budget", [10, 25, 400])
def test_the_sentence_that_holds_the_answer_is_gold_and_no_other(text: str, answer: str, budget: int) -> None:
    article = article_of(LOWMERE, ASKED)
    question = next(question for question in article.questions if question.text == text)
    windows = [cut.ask(question, "q") for cut in cuts_of(article, budget)]
    (window,) = (window for window in windows if window.golds)
    assert [answer in sentence for sentence in window.sentences].index(True) == window.golds[0]
    assert len(window.golds) == 1
    assert window.answers == (answer,)
    assert window.span
    assert window.span.sentence == window.golds[0]
    assert all(other.span is None for other in windows if other is not window)


@settings(deadline=None)
@given(SEEDS)
def test_windows_of_any_draw_have_their_gold_spans_in_their_gold_sentences(seed: int) -> None:
    article = article_of(LOWMERE, ASKED)
    cuts = cut_article(article, random.Random(seed))
    for question in article.questions:
        windows = [cut.ask(question, "q") for cut in cuts]
        assert any(window.golds for window in windows)
        for cut, window in zip(cuts, windows, strict=True):
            holding = [
                n
                for n, sentence in enumerate(cut.sentences)
                if any(
                    sentence.span.start < span.end and span.start < sentence.span.end
                    for span in question.spans
                )
            ]
            assert list(window.golds) == holding
            assert (window.span is not None) == bool(holding)
            assert answered(cut, question) in (None, *window.answers)


@settings(deadline=None)
@given(SEEDS)
def test_a_window_is_its_passage_or_reaches_one_sentence_beyond_it(seed: int) -> None:
    article = article_of(" ".join([LOWMERE, HIGHFELL] * 6), title="Towns")
    sentences = split_sentences(article.document)
    cuts = cut_article(article, random.Random(seed))
    seen = set()
    for cut in cuts:
        ordinals = [sentence.ordinal for sentence in cut.sentences]
        assert ordinals == list(range(ordinals[0], ordinals[-1] + 1))
        seen.update(ordinals)
    assert seen == set(range(len(sentences)))
    assert len(sentences) <= sum(len(cut.sentences) for cut in cuts) <= len(sentences) + len(cuts)


def test_the_same_seed_cuts_the_same_windows() -> None:
    article = article_of(" ".join([LOWMERE] * 6))
    one, again, other = (cut_article(article, random.Random(seed)) for seed in (5, 5, 6))
    assert one == again
    assert one != other


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, GAPS), min_size=3, max_size=12), st.data())
def test_answer_spans_count_in_the_sentence_on_one_line(
    parts: list[tuple[str, str]], data: st.DataObject
) -> None:
    first = data.draw(st.integers(0, len(parts) - 1))
    last = data.draw(st.integers(first, len(parts) - 1))
    text = "Xx " + "".join(word + gap for word, gap in parts).rstrip() + "."
    start = 3 + sum(len(word) + len(gap) for word, gap in parts[:first])
    end = start + sum(len(word) + len(gap) for word, gap in parts[first:last]) + len(parts[last][0])
    question = Question("q", "What?", (Span(start, end),))
    article = Article("s", Document("d", "-", text), (question,))
    found = [answered(cut, question) for cut in cuts_of(article, 400)]
    # the splitter may cut between lines, and an answer across two sentences has no span
    assert found in ([" ".join(word for word, _ in parts[first : last + 1])], [None])
    if "\n" not in text:
        assert found != [None]


def test_of_several_answers_the_most_frequent_within_a_sentence_is_pointed_at() -> None:
    across = Span(LOWMERE.index("river Ald"), LOWMERE.index("was founded"))
    spans = (across, span_of(LOWMERE, "1312"), span_of(LOWMERE, "Ansel Brook"), span_of(LOWMERE, "Clara"))
    question = Question("q", "What?", spans)
    (cut, *_) = cuts_of(article_of(LOWMERE), 400)
    window = cut.ask(question, "q")
    assert answered(cut, question) == "1312"
    assert window.golds == (0, 1, 2)
    assert window.answers == ("river Ald. It", "1312", "Ansel Brook", "Clara")


def test_the_context_is_title_and_heading_but_for_texts_without_a_title() -> None:
    text = "The Old Harbour\n\nIt was dug by Jonas Feld. Nobody thanked him."
    for title, context in (("Lowmere", "Lowmere\nThe Old Harbour"), ("-", "The Old Harbour")):
        headed = cuts_of(article_of(text, title=title), 14)
        assert [cut.context for cut in headed][-1] == context
        assert headed[0].frame("Who?", "q").headings == (0,)


@given(st.text(" \n\t\u00a0ab", max_size=30))
def test_one_line_leaves_single_spaces_and_every_word(text: str) -> None:
    assert one_line(text).split() == text.split()
    assert one_line(one_line(text)) == one_line(text)
    assert "\n" not in one_line(text)
