"""Short answers as values: what can be one, what cannot, and what is not compared."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.dates import find_dates
from qa.quantities import find_quantities
from qa.values import Name, agree, read_value

AGREE = [
    ("$1.6bn", "1,600 million dollars"),
    ("$1.6 billion", "US$1,600 million"),
    ("$1.6 billion", "1.64 billion dollars"),
    ("¥84 trillion", "84 trillion yen"),
    ("$5m", "5 million U.S. dollars"),
    ("$550 billion", "550 billion"),
    ("€20", "EUR 20"),
    ("about 500", "512"),
    ("more than 70 countries", "75 countries"),
    ("90%", "90 per cent"),
    ("90 percent", "90"),
    ("about 90%", "92%"),
    ("3", "three"),
    ("45", "forty-five"),
    ("two hundred and fifty thousand", "250,000"),
    ("a dozen eggs", "12 eggs"),
    ("98 km", "61 miles"),
    ("98 km (61 mi)", "61 miles"),
    ("1.5 hours", "90 minutes"),
    ("two decades", "20 years"),
    ("3 tonnes", "3,000 kg"),
    ("6 feet", "1.83 m"),
    ("30 square miles", "77.7 square kilometres"),
    ("-5 degrees Celsius", "23 °F"),
    ("10 to 15 people", "12 people"),
    ("$5–6 billion", "$5.5 billion"),
    ("third", "3rd"),
    ("27 October 2025", "October 27"),
    ("27 October 2025", "Oct. 27, 2025"),
    ("2025-10-27", "the 27th of October 2025"),
    ("27 October 2025", "October 2025"),
    ("October 2025", "2025"),
    ("in 1994", "the 1990s"),
    ("1850", "the 19th century"),
    ("between 1885 and 1890", "1887"),
    ("1885-90", "1885–1890"),
    ("44 BC", "44 BCE"),
    ("3/4/2020", "2020"),
    ("in May", "5 May 2020"),
    ("October 27, 2025, in Tokyo", "27 October 2025"),
    ("U.S.", "United States"),
    ("USA", "the U.S."),
    ("UK", "the United Kingdom"),
    ("Prime Minister Takaichi", "Sanae Takaichi"),
    ("George W. Bush", "George Walker Bush"),
    ("J. Smith", "John Smith"),
    ("the West", "western United States"),
    ("Tokyo", "Tokyo, Japan"),
]
DIFFER = [
    ("$1.6 billion", "$1.7 billion"),
    ("$3 billion", "$2 billion"),
    ("about 90%", "over 80%"),
    ("90%", "92%"),
    ("four", "five"),
    ("4,411", "10,000"),
    ("20", "21"),
    ("12 workers", "15 workers"),
    ("98 km", "98 miles"),
    ("10 to 15", "20"),
    ("third", "fourth"),
    ("5 °C", "5 °F"),
    ("1902", "1885"),
    ("27 October 2025", "28 October"),
    ("October 2025", "27 November 2025"),
    ("1994", "the 1980s"),
    ("44 BC", "44 AD"),
    ("February 8, 1900", "July 15, 1905"),
    ("Raj Kapoor", "Mahesh Bhatt"),
    ("Raj Kapoor", "Shashi Kapoor"),
    ("the State Guest House", "Akasaka Palace"),
    ("Anchorage, Alaska", "Miami, Florida"),
    ("Boeing 747", "Airbus A380"),
]
NOT_COMPARED = [
    ("$5", "¥700"),
    ("5 km", "5 kg"),
    ("428", "604 ft"),
    ("three countries", "12 companies"),
    ("8.2 people per square kilometre", "25,038 people"),
    ("1902", "1,902 workers"),
    ("1902", "Raj Kapoor"),
    ("2025", "October 27"),
    ("50 Cent", "60 cents"),
]


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [(*pair, True) for pair in AGREE]
    + [(*pair, False) for pair in DIFFER]
    + [(*pair, None) for pair in NOT_COMPARED],
)
def test_values_agree_differ_or_are_not_compared(one: str, other: str, verdict: bool | None) -> None:
    value, other_value = read_value(one), read_value(other)
    assert value is not None
    assert other_value is not None
    assert agree(value, other_value) is verdict
    assert agree(other_value, value) is verdict


@pytest.mark.parametrize("text", ["", "football", "He", "it was long ago", "3 men and 5 women", "7:30"])
def test_what_is_no_single_value_is_none(text: str) -> None:
    assert read_value(text) is None


@pytest.mark.parametrize("text", ["Boeing 747", "50 Cent", "the 1966 FIFA World Cup", "2 Live Crew"])
def test_figures_in_names_are_names(text: str) -> None:
    assert isinstance(read_value(text), Name)


@pytest.mark.parametrize("text", ["1500 workers", "2000 km", "$1900", "1,900", "in 19022", "45 May", "may 5"])
def test_not_everything_that_looks_like_a_date_is_one(text: str) -> None:
    assert list(find_dates(text)) == []


TEXTS = st.one_of(
    st.sampled_from([text for pair in AGREE + DIFFER + NOT_COMPARED for text in pair]),
    st.text("0123456789,.-–$%¥ °kmbnJanuryOct", max_size=20),
    st.text(max_size=30),
)


@given(TEXTS)
def test_a_value_agrees_with_itself(text: str) -> None:
    value = read_value(text)
    assert value is None or agree(value, value) is True


@given(TEXTS, TEXTS)
def test_it_does_not_matter_which_comes_first(one: str, other: str) -> None:
    value, other_value = read_value(one), read_value(other)
    if value and other_value:
        assert agree(value, other_value) is agree(other_value, value)


@given(
    st.integers(1, 9999),
    st.sampled_from(
        [
            ("km", "m", 1000),
            ("kg", "grams", 1000),
            ("hours", "minutes", 60),
            ("weeks", "days", 7),
            ("million dollars", "thousand dollars", 1000),
            ("trillion yen", "billion yen", 1000),
        ]
    ),
)
def test_a_change_of_unit_changes_nothing(number: int, units: tuple[str, str, int]) -> None:
    large, small, factor = units
    one, other = read_value(f"{number:,} {large}"), read_value(f"{number * factor:,} {small}")
    twice = read_value(f"{number * factor * 2:,} {small}")
    assert one is not None
    assert other is not None
    assert twice is not None
    assert agree(one, other) is True
    assert agree(one, twice) is False


@given(st.text())
def test_places_found_cut_the_text_and_do_not_overlap(text: str) -> None:
    for found in (list(find_dates(text)), list(find_quantities(text))):
        spans = sorted((span for _, span in found), key=lambda span: span.start)
        assert all(one.end <= other.start for one, other in pairwise(spans))
        assert all(span.end <= len(text) for span in spans)
