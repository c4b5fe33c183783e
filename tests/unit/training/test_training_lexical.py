import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.lexical import K1, B, Bm25, words_of


def test_a_hand_computed_score() -> None:
    scores = Bm25(["mill mill river", "river", "town hill"]).score(["the mill", "nothing known"])
    rarity = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = rarity * 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 3 / 2))
    assert scores == pytest.approx(np.array([[expected, 0, 0], [0, 0, 0]]), abs=1e-6)


def test_a_word_asked_twice_counts_once_and_stop_words_not_at_all() -> None:
    index = Bm25(["a mill", "a river"])
    assert index.score(["Mill, the MILL!"]) == pytest.approx(index.score(["mill"]))
    assert words_of("The mill, and the MILL") == ["mill", "mill"]


@given(
    st.lists(st.text("def ", max_size=20), min_size=1, max_size=8).filter(
        lambda texts: any(map(str.split, texts))
    )
)
def test_texts_score_above_nothing_just_when_they_share_a_word(texts: list[str]) -> None:
    scores = Bm25(texts).score(["def"])[0]
    assert [score > 0 for score in scores] == ["def" in words_of(text) for text in texts]
