import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.measures import auroc, citation_scores, covers, first_citation, hit, mean, ndcg, recall
from ingest.documents import Span

IDS = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def test_ndcg_of_a_hand_computed_case() -> None:
    expected = (1 / math.log2(2) + 1 / math.log2(4)) / (1 / math.log2(2) + 1 / math.log2(3))
    assert ndcg(["a", "x", "b"], {"a", "b"}) == pytest.approx(expected)


@given(IDS, st.sets(st.sampled_from("abcdefgh"), min_size=1))
def test_ranking_measures_lie_between_0_and_1_and_a_perfect_run_scores_1(
    ranking: list, relevant: set
) -> None:
    for value in (ndcg(ranking, relevant), recall(ranking, relevant, 10), hit(ranking, relevant, 10)):
        assert value is not None
        assert 0 <= value <= 1
    perfect = sorted(relevant)
    assert ndcg(perfect, relevant) == pytest.approx(1)
    assert recall(perfect, relevant, 10) == hit(perfect, relevant, 10) == 1


def test_without_judgments_nothing_applies() -> None:
    assert ndcg(["a"], ()) is recall(["a"], (), 3) is hit(["a"], (), 3) is None
    assert citation_scores([], []) is first_citation([], []) is auroc([], [0.1]) is None
    assert mean([None, None]) == (None, 0)
    assert mean([1.0, None, 0.0]) == (0.5, 2)


def test_a_citation_matches_when_it_covers_half_of_the_gold_sentence() -> None:
    gold = ("d", Span(10, 20))
    assert covers(("d", Span(15, 40)), gold)
    assert not covers(("d", Span(16, 40)), gold)
    assert not covers(("e", Span(10, 20)), gold)


def test_citations_are_scored_against_the_best_alternative() -> None:
    a, b, c = (("d", Span(n, n + 5)) for n in (0, 10, 20))
    assert citation_scores([a, c], [[b], [a, b]]) == (0.5, 0.5, 0.5)
    assert citation_scores([a], [[a], [b]]) == (1, 1, 1)
    assert citation_scores([], [[a]]) == (0, 0, 0)
    assert first_citation([c, a], [[a]]) == 0
    assert first_citation([a, c], [[b], [a]]) == 1


@given(st.lists(st.integers(0, 5), min_size=1), st.lists(st.integers(0, 5), min_size=1))
def test_auroc_is_the_share_of_ordered_pairs(positive: list, negative: list) -> None:
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert auroc(positive, negative) == pytest.approx(sum(pairs) / len(pairs))
