from itertools import accumulate
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from evals.measures import Place, covers, hit, ndcg, recall, sentence_ranking
from ingest.documents import Span


def place(start: int, end: int, document: str = "d") -> Place:
    return document, Span(start, end)


PLACES = st.builds(
    lambda start, length, document: place(start, start + length, document),
    st.integers(0, 30),
    st.integers(1, 12),
    st.sampled_from("de"),
)


def test_a_citation_matches_when_it_covers_half_of_the_gold_sentence() -> None:
    gold = place(10, 20)
    assert covers(place(15, 40), gold)
    assert not covers(place(16, 40), gold)
    assert covers(place(0, 15), gold)
    assert not covers(place(0, 14), gold)
    assert not covers(place(10, 20, "e"), gold)


def test_half_of_an_odd_length_is_rounded_up() -> None:
    assert not covers(place(0, 1), place(0, 3))
    assert covers(place(0, 2), place(0, 3))


@given(PLACES)
def test_every_place_covers_itself(some: Place) -> None:
    assert covers(some, some)


@given(PLACES, PLACES)
def test_covering_is_sharing_half_of_the_characters(cited: Place, gold: Place) -> None:
    characters = [set(range(span.start, span.end)) for _, span in (cited, gold)]
    half = 2 * len(characters[0] & characters[1]) >= len(characters[1])
    assert covers(cited, gold) == (cited[0] == gold[0] and half)


def test_retrieved_sentences_keep_their_ranks() -> None:
    a, b, c = place(0, 10), place(10, 20), place(20, 30)
    assert sentence_ranking([c, place(0, 9), b], [a, b]) == [c, a, b]


def test_a_passage_stands_for_every_gold_sentence_it_covers() -> None:
    a, b, other = place(0, 10), place(10, 20), place(0, 5, "e")
    assert sentence_ranking([other, place(0, 30)], [a, b]) == [other, a, b]


def test_a_gold_sentence_is_found_once() -> None:
    gold = place(0, 10)
    ranking = sentence_ranking([place(0, 8), place(2, 10), gold], [gold])
    assert ranking == [gold, place(2, 10), gold]
    assert ndcg(ranking, [gold]) == recall(ranking, [gold], 3) == 1


@given(st.lists(PLACES), st.lists(PLACES, min_size=1))
def test_what_is_covered_is_found_and_nothing_else(retrieved: list, gold: list) -> None:
    ranking = sentence_ranking(retrieved, gold)
    found = {sentence for sentence in gold if any(covers(some, sentence) for some in retrieved)}
    assert set(ranking) & set(gold) == found
    assert recall(ranking, gold, 1000) == len(found) / len(set(gold))
    assert hit(ranking, gold, 1000) == float(bool(found))
    assert len(ranking) >= len(retrieved)


@given(st.lists(st.integers(1, 9), min_size=1), st.randoms())
def test_retrieving_the_gold_sentences_first_is_perfect(lengths: list, random: Random) -> None:
    starts = accumulate(lengths, initial=0)
    gold = [place(start, start + length) for start, length in zip(starts, lengths, strict=False)]
    random.shuffle(gold)
    assert sentence_ranking(gold, gold) == gold
    assert ndcg(sentence_ranking(gold, gold[::-1]), gold, 100) == 1
