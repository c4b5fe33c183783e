import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.store import PassageKey
from qa.retrieval import fuse, match_expression

KEYS = st.builds(PassageKey, st.integers(1, 30), st.integers(0, 3))
RANKINGS = st.lists(KEYS, unique=True, max_size=20).map(lambda keys: [(key, 1.0) for key in keys])


@given(RANKINGS, RANKINGS)
def test_fusion_does_not_depend_on_the_order_of_lists(one: list, other: list) -> None:
    assert fuse((one, other), (1.0, 1.0), 60) == fuse((other, one), (1.0, 1.0), 60)


@given(RANKINGS, RANKINGS)
def test_fusion_keeps_every_passage_once_and_falls(one: list, other: list) -> None:
    fused = fuse((one, other), (1.0, 2.0), 60)
    assert {key for key, _ in fused} == {key for key, _ in [*one, *other]}
    assert len({key for key, _ in fused}) == len(fused)
    assert [score for _, score in fused] == sorted((score for _, score in fused), reverse=True)


def test_fusion_of_a_hand_computed_case() -> None:
    a, b = PassageKey(1, 0), PassageKey(2, 0)
    fused = dict(fuse(([(a, 9.0), (b, 8.0)], [(b, 1.0)]), (1.0, 1.0), 60))
    assert fused[a] == pytest.approx(1 / 61)
    assert fused[b] == pytest.approx(1 / 62 + 1 / 61)


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("What did the U.S. sign?", '"u.s" OR "sign"'),
        ("Japan's and Toyota’s cars", '"japan" OR "toyota" OR "cars"'),
        ("who is it", '"who" OR "is" OR "it"'),
        ("?!", ""),
        ('a" OR text:b* NEAR(', '"text" OR "b" OR "near"'),
    ],
)
def test_queries_become_quoted_words(query: str, expression: str) -> None:
    assert match_expression(query) == expression


@given(st.text(max_size=80))
def test_no_question_is_a_syntax_error(query: str) -> None:
    expression = match_expression(query)
    if expression:
        db = sqlite3.connect(":memory:")
        db.execute("CREATE VIRTUAL TABLE t USING fts5(x)")
        assert db.execute("SELECT * FROM t WHERE t MATCH ?", (expression,)).fetchall() == []
        db.close()
