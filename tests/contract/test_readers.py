import math

import pytest

from qa.reading import CrossEncoderReader, Reader

QUESTION = "How many people live in Berlin?"
SENTENCES = (
    "New York City is famous for the Metropolitan Museum of Art.",
    "Berlin has a population of 3,520,031 registered inhabitants in an area of 891.82 square kilometers.",
    "",
    "In Berlin leben über drei Millionen Menschen — 東京 😀",
    "Berlin is well known for its museums. " * 300,
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return CrossEncoderReader()


def test_the_answering_sentence_scores_highest(reader: Reader) -> None:
    scores = reader.score(QUESTION, SENTENCES)
    assert max(scores) == scores[1] > 0 > scores[0]


def test_a_score_is_the_same_to_the_last_bit_whatever_else_is_scored(reader: Reader) -> None:
    together = reader.score(QUESTION, SENTENCES)
    alone = tuple(reader.score(QUESTION, [sentence])[0] for sentence in SENTENCES)
    assert together == alone == reader.score(QUESTION, SENTENCES[::-1])[::-1]


def test_no_sentences_have_no_scores(reader: Reader) -> None:
    assert reader.score(QUESTION, []) == ()


def test_the_longest_question_still_leaves_room_for_a_sentence(reader: Reader) -> None:
    one, other = reader.score("how many people " * 1000, SENTENCES[:2])
    assert math.isfinite(one)
    assert one != other


def test_words_beyond_the_window_are_not_read(reader: Reader) -> None:
    window = "Berlin " * 600
    one, other = reader.score(QUESTION, [window + "museum", window + "population"])
    assert one == other


def test_the_fingerprint_names_model_and_weights(reader: Reader) -> None:
    assert reader.fingerprint == "ms-marco-MiniLM-L-12-v2@1225ccd6af/onnx-carried-v1"
