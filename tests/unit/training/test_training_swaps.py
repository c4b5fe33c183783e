import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.training.examples import ASKED, HIGHFELL, LOWMERE
from training.swaps import OPPOSITES, Lexicon, read_lexicon, swap

NOTHING = Lexicon({"year": [], "number": [], "month": []})
BRIDGE = "The first bridge was built in 1487 by Clara Dunmore."


def swaps(
    question: str, sentences: Sequence[str], lexicon: Lexicon, golds: Sequence[int] = (0,)
) -> set[str | None]:
    return {swap(question, sentences, golds, lexicon, random.Random(seed)) for seed in range(30)}


@pytest.mark.parametrize(("word", "other"), OPPOSITES.items())
def test_an_opposite_comes_for_a_word_that_the_gold_sentence_holds(word: str, other: str) -> None:
    found = swaps(f"Which was the {word} bridge?", [f"The {word} bridge was of wood."], NOTHING)
    assert found == {f"Which was the {other} bridge?"}


def test_no_word_is_its_own_opposite() -> None:
    assert all(word != other for word, other in OPPOSITES.items())
    assert set(OPPOSITES.values()) <= set(OPPOSITES)


def test_a_year_comes_for_a_year_and_a_number_for_a_number_and_may_is_no_month() -> None:
    lexicon = read_lexicon("It had 240 sheep and 3,100 cows in 1950, before May, and 1633 was dry in June.")
    assert lexicon.plain == {"year": ["1633", "1950"], "number": ["240", "3,100"], "month": ["June"]}
    assert swaps("Who built it in 1487?", [BRIDGE], lexicon) == {
        "Who built it in 1633?",
        "Who built it in 1950?",
    }
    sheep = swaps("Who had 75 sheep?", ["Ann had 75 sheep."], lexicon)
    assert sheep == {"Who had 240 sheep?", "Who had 3,100 sheep?"}


def test_a_month_comes_for_a_month() -> None:
    lexicon = read_lexicon("They met in June and in October.")
    found = swaps("Who came in March?", ["Ann came in March."], lexicon)
    assert found == {"Who came in June?", "Who came in October?"}


def test_a_name_comes_for_a_name_that_stands_behind_the_same_small_word() -> None:
    lexicon = read_lexicon(
        "The mill was built by Jonas Feld, the bridge by Clara Dunmore, and both came from Karlow to Ostley."
    )
    assert lexicon.linked == {"by": ["Clara Dunmore", "Jonas Feld"], "from": ["Karlow"], "to": ["Ostley"]}
    assert swaps("What did Clara Dunmore build?", [BRIDGE], lexicon) == {"What did Jonas Feld build?"}
    assert swaps("Who came from Karlow?", ["Ann came from Karlow."], lexicon) == {None}


@pytest.mark.parametrize(
    ("question", "sentences", "text"),
    [
        ("When was the bridge built?", [BRIDGE], LOWMERE),
        ("Who built it in 1312?", [BRIDGE], LOWMERE),
        ("Who built the last bridge?", [BRIDGE], LOWMERE),
        ("Who built it in 1487?", ["It was built in 1487, not in 1633."], "It burned in 1633."),
        ("Who came in 1487?", ["Ann moved in 1487, again in 1633."], "It burned in 1633."),
        ("Was it built in 1487 or 1633?", [BRIDGE], "It burned in 1633."),
        ("Who built it in 1487?", [BRIDGE], "It was built in 1487."),
        (
            "What did Clara build?",
            [BRIDGE + " Clara was rich."],
            "It was paid by Clara and by Clara Dunmore.",
        ),
        ("What did Russia build?", ["Russia built it."], "It was taken from Russia and from Russian towns."),
    ],
    ids=[
        "nothing to swap",
        "what goes is not in the gold sentence",
        "its opposite is not, either",
        "what comes stands in the gold sentence",
        "it does, in other words",
        "what comes stands in the question",
        "there is nothing else",
        "both may be one person",
        "both may be one country",
    ],
)
def test_nothing_is_swapped_where_it_is_not_safe(question: str, sentences: list[str], text: str) -> None:
    assert swaps(question, sentences, read_lexicon(text)) == {None}


def test_what_comes_does_not_make_the_question_that_another_sentence_answers() -> None:
    lexicon = read_lexicon("In 1487 and in 1633 and in 1950.")
    sentences = (
        "The bridge was built by Ann in 1487.",
        "The bridge was built by Bob in 1633.",
        "1950 was dry.",
    )
    assert swaps("Who built the bridge in 1487?", sentences, lexicon) == {"Who built the bridge in 1950?"}


def test_what_goes_is_a_whole_word() -> None:
    found = swaps("Which eastern town lies east of it?", ["It lies east of it."], NOTHING)
    assert found == {"Which eastern town lies west of it?"}


def test_what_comes_is_put_in_literally() -> None:
    lexicon = Lexicon(NOTHING.plain, {"by": ["Ann", r"Bob \1 \g<0>"]})
    assert swaps("Who is Ann?", ["It is Ann."], lexicon) == {r"Who is Bob \1 \g<0>?"}


@given(
    st.sampled_from(ASKED), st.integers(0, 1_000), st.sampled_from([LOWMERE, HIGHFELL, LOWMERE + HIGHFELL])
)
def test_what_goes_stands_in_the_gold_sentence_and_what_comes_does_not(
    asked: tuple[str, str], seed: int, text: str
) -> None:
    question, answer = asked
    sentences = re.split(r"(?<=\.)\s+", LOWMERE)
    gold = next(n for n, sentence in enumerate(sentences) if answer in sentence)
    found = swap(question, sentences, (gold,), read_lexicon(text), random.Random(seed))
    if found is not None:
        before, after = question.casefold().rstrip("?").split(), found.casefold().rstrip("?").split()
        came = [word for word in after if word not in before]
        went = [word for word in before if word not in after]
        assert came
        assert went
        assert all(word in sentences[gold].casefold() for word in went)
        assert not any(re.search(rf"\b{re.escape(word)}\b", sentences[gold].casefold()) for word in came)
