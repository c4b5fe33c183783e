import pytest

from ingest.documents import Span
from qa.reading import Reader, WindowReader
from qa.windows import Window
from tests.fakes import OverlapReader

QUESTION = "How many people live in Berlin?"
BERLIN = Window(
    "Berlin\nPopulation",
    (
        "Berlin is the capital of Germany.",
        "It has a population of 3,520,031 registered inhabitants.",
        "",
        "In Berlin leben über drei Millionen Menschen — 東京 😀",
    ),
)
MUSEUM = Window("", ("New York City is famous for the Metropolitan Museum of Art.", "Berlin is far."))
LONG = Window(
    "Berlin", tuple(f"Museum number {n} of Berlin is well known for its paintings." for n in range(90))
)
ENDLESS = Window("", ("Berlin " * 2000, "Its population is 3,520,031."))
WINDOWS = (BERLIN, MUSEUM, LONG, ENDLESS, Window("Nothing", ()))


@pytest.fixture(scope="module")
def trained() -> WindowReader:
    return WindowReader()


@pytest.fixture(params=["trained", "overlap"])
def reader(request: pytest.FixtureRequest, trained: WindowReader) -> Reader:
    return trained if request.param == "trained" else OverlapReader()


def test_every_sentence_of_every_window_has_a_reading_in_order(reader: Reader) -> None:
    readings = reader.read(QUESTION, WINDOWS)
    assert [len(read) for read in readings] == [len(window.sentences) for window in WINDOWS]


def test_a_window_reads_the_same_to_the_last_bit_whatever_else_is_read(reader: Reader) -> None:
    together = reader.read(QUESTION, WINDOWS)
    assert together == [reader.read(QUESTION, [window])[0] for window in WINDOWS]
    assert together == reader.read(QUESTION, WINDOWS[::-1])[::-1]


def test_no_windows_have_no_readings(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []


def test_answers_stand_in_their_sentences(reader: Reader) -> None:
    for window, read in zip(WINDOWS, reader.read(QUESTION, WINDOWS), strict=True):
        for text, reading in zip(window.sentences, read, strict=True):
            assert reading.answer is None or reading.answer.end <= len(text)
            assert 0 <= reading.certainty <= 1


def test_the_answering_sentence_scores_highest_though_it_says_it(trained: WindowReader) -> None:
    berlin, museum = trained.read(QUESTION, [BERLIN, MUSEUM])
    scores = [reading.score for reading in berlin]
    assert max(scores) == scores[1] > 0 > max(reading.score for reading in museum)


def test_the_short_answer_is_pointed_at(trained: WindowReader) -> None:
    ((_, reading, *_),) = trained.read(QUESTION, [BERLIN])
    assert isinstance(reading.answer, Span)
    assert reading.answer.cut(BERLIN.sentences[1]) == "3,520,031"
    assert reading.certainty > 0.5


def test_a_window_that_is_too_long_is_read_in_parts_to_its_end(trained: WindowReader) -> None:
    asked = "How many inhabitants does the last one count?"
    told = Window("", (*LONG.sentences, "The last one counts 47 inhabitants."))
    (readings,) = trained.read(asked, [told])
    assert max(readings, key=lambda reading: reading.score) == readings[-1]
    assert readings[-1].answer == Span(20, 22)


def test_the_longest_question_still_leaves_room_for_a_sentence(trained: WindowReader) -> None:
    ((one, other),) = trained.read("how many people " * 1000, [MUSEUM])
    assert one.score != other.score


def test_the_fingerprint_names_model_and_weights(trained: WindowReader) -> None:
    assert trained.fingerprint.startswith("pincite-reader-1@")
