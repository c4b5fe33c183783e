import math
from collections.abc import Callable

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, Qrel, R, ScoredDoc, Success, nDCG

from evals.measures import hit, ndcg, recall, reciprocal_rank

Measure = Callable[[list, set, int], float | None]

MEASURES = pytest.mark.parametrize("measure", [ndcg, hit, recall, reciprocal_rank])
DEPTHS = st.integers(1, 12)
RANKINGS = st.lists(st.sampled_from("abcdefghijklmnop"), unique=True)
JUDGMENTS = st.sets(st.sampled_from("abcdefghijklmnop"), min_size=1)


def test_a_hand_computed_ranking() -> None:
    ranking, relevant = ["a", "x", "b"], {"a", "b", "c"}
    ideal = 1 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(ranking, relevant) == pytest.approx((1 / math.log2(2) + 1 / math.log2(4)) / ideal)
    assert ndcg(ranking, relevant, 1) == 1
    assert hit(["x", "a"], relevant, 1) == 0
    assert hit(["x", "a"], relevant, 2) == 1
    assert recall(ranking, relevant, 2) == pytest.approx(1 / 3)
    assert recall(ranking, relevant, 3) == pytest.approx(2 / 3)
    assert reciprocal_rank(["x", "y", "b", "a"], relevant) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "b", "a"], relevant, 2) == 0


@MEASURES
def test_without_judgments_nothing_applies_and_without_a_ranking_nothing_is_found(measure: Measure) -> None:
    assert measure(["a"], set(), 3) is None
    assert measure([], {"a"}, 3) == 0


@MEASURES
def test_a_depth_of_nothing_is_refused(measure: Measure) -> None:
    with pytest.raises(ValueError, match="depth"):
        measure(["a"], {"a"}, 0)


@MEASURES
@given(ranking=st.lists(st.sampled_from("abcdefgh")), relevant=JUDGMENTS, depth=DEPTHS)
def test_values_lie_between_0_and_1_even_with_repeated_ids(
    measure: Measure, ranking: list, relevant: set, depth: int
) -> None:
    value = measure(ranking, relevant, depth)
    assert value is not None
    assert 0 <= value <= 1


@MEASURES
@given(relevant=JUDGMENTS, rest=RANKINGS)
def test_a_perfect_run_scores_1(measure: Measure, relevant: set, rest: list) -> None:
    assert measure([*sorted(relevant), *rest], relevant, 20) == pytest.approx(1)


@MEASURES
@given(ranking=RANKINGS, relevant=JUDGMENTS, depth=DEPTHS)
def test_judgments_may_come_in_any_order_and_more_than_once(
    measure: Measure, ranking: list, relevant: set, depth: int
) -> None:
    ordered = sorted(relevant)
    assert measure(ranking, ordered, depth) == measure(ranking, [*reversed(ordered), *ordered], depth)


@MEASURES
@given(ranking=RANKINGS, relevant=JUDGMENTS, depth=DEPTHS)
def test_ids_are_anything_hashable(measure: Measure, ranking: list, relevant: set, depth: int) -> None:
    numbered = measure([(ord(id_), None) for id_ in ranking], {(ord(id_), None) for id_ in relevant}, depth)
    assert numbered == measure(ranking, relevant, depth)


@settings(deadline=None)
@given(RANKINGS, JUDGMENTS, DEPTHS)
def test_they_agree_with_ir_measures(ranking: list, relevant: set, depth: int) -> None:
    judgments = [Qrel("q", id_, 1) for id_ in relevant]
    # a run needs a document; one that nobody judged ranks last
    run = [ScoredDoc("q", id_, -float(rank)) for rank, id_ in enumerate([*ranking, "unjudged"])]
    asked = [nDCG @ depth, RR @ depth, R @ depth, Success @ depth]
    theirs = ir_measures.calc_aggregate(asked, judgments, run)
    ours = [measure(ranking, relevant, depth) for measure in (ndcg, reciprocal_rank, recall, hit)]
    assert ours == pytest.approx([theirs[measure] for measure in asked])
