import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.measures import CitationScores, Place, citation_exactness, citation_scores, covers, first_citation
from ingest.documents import Span

A, B, C = (("d", Span(start, start + 5)) for start in (0, 10, 20))
PLACES = st.builds(
    lambda start, length, document: (document, Span(start, start + length)),
    st.integers(0, 30),
    st.integers(1, 12),
    st.sampled_from("de"),
)
CITED = st.lists(PLACES, max_size=6)
GOLD_SETS = st.lists(st.lists(PLACES, max_size=4), max_size=4)


def test_citations_are_scored_against_the_best_alternative() -> None:
    assert citation_scores([A, C], [[B], [A, B]]) == (0.5, 0.5, 0.5)
    assert citation_scores([A], [[A], [B]]) == (1, 1, 1)
    assert citation_scores([A, B], [[A, B, C]]) == pytest.approx((1, 2 / 3, 0.8))


def test_a_citation_that_occurs_twice_counts_twice() -> None:
    assert citation_scores([A, A, C], [[A]]) == pytest.approx((2 / 3, 1, 0.8))


def test_without_citations_precision_does_not_apply_and_nothing_is_found() -> None:
    assert citation_scores([], [[A]]) == CitationScores(None, 0, 0)
    assert first_citation([], [[A]]) == 0


@pytest.mark.parametrize("gold_sets", [[], [[]]])
def test_without_gold_sentences_nothing_applies(gold_sets: list) -> None:
    assert citation_scores([A], gold_sets) is first_citation([A], gold_sets) is None


def test_an_empty_alternative_changes_nothing() -> None:
    assert citation_scores([C], [[], [A]]) == (0, 0, 0)


def test_the_first_citation_may_match_any_alternative() -> None:
    assert first_citation([C, A], [[A]]) == 0
    assert first_citation([A, C], [[B], [A]]) == 1


def test_of_sets_with_equal_f1_the_better_found_one_counts_whatever_the_order() -> None:
    sentences = [("d", Span(start, start + 5)) for start in range(0, 80, 10)]
    few, all_ = sentences[:2], sentences  # precision 1/2 and recall 1; precision 1 and recall 1/2
    for gold_sets in ([few, all_], [all_, few]):
        assert citation_scores(sentences[:4], gold_sets) == pytest.approx((1 / 2, 1, 2 / 3))


@given(CITED, GOLD_SETS)
def test_values_lie_between_0_and_1(cited: list, gold_sets: list) -> None:
    scores = citation_scores(cited, gold_sets)
    assert (scores is None) == (not any(gold_sets)) == (first_citation(cited, gold_sets) is None)
    if scores is not None:
        assert (scores.precision is None) == (not cited)
        assert all(0 <= value <= 1 for value in scores if value is not None)
        assert scores.f1 <= max(scores.precision or 0, scores.recall)


@given(CITED, GOLD_SETS)
def test_the_order_of_citations_and_gold_does_not_matter(cited: list, gold_sets: list) -> None:
    turned = [gold[::-1] for gold in gold_sets[::-1]]
    assert citation_scores(cited, gold_sets) == citation_scores(cited[::-1], turned)


@given(st.lists(PLACES, min_size=1), GOLD_SETS)
def test_citing_a_gold_set_is_perfect(gold: list, others: list) -> None:
    assert citation_scores(gold, [*others, gold]) == (1, 1, 1)
    assert first_citation(gold, [*others, gold]) == 1


@given(PLACES, GOLD_SETS)
def test_the_first_of_one_citation_is_precise_or_not(cited: Place, gold_sets: list) -> None:
    expected = any(covers(cited, gold) for gold_set in gold_sets for gold in gold_set)
    assert first_citation([cited], gold_sets) == (float(expected) if any(gold_sets) else None)


def test_exact_quotes_equal_the_stored_text() -> None:
    texts = {"d": "One fact. Two facts."}
    exact = (("d", Span(0, 9)), "One fact.")
    assert citation_exactness([exact], texts) == 1
    for place, quote in [
        (("d", Span(0, 9)), "One fact"),
        (("d", Span(1, 9)), "One fact."),
        (("d", Span(10, 30)), "Two facts."),  # reaches past the end
        (("e", Span(0, 9)), "One fact."),  # not stored
    ]:
        assert citation_exactness([exact, (place, quote)], texts) == 0.5
    assert citation_exactness([], texts) is None


@given(st.text(min_size=1), st.data())
def test_what_is_cut_from_the_text_is_exact_and_what_is_changed_is_not(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    assert citation_exactness([(("d", span), span.cut(text))], {"d": text}) == 1
    assert citation_exactness([(("d", span), span.cut(text) + " ")], {"d": text}) == 0
