from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.build import Builder
from ingest.documents import Span
from ingest.settings import IngestSettings
from ingest.store.sqlite import SqliteStore
from qa.answers import Citation, cite
from qa.verification import Resolution, Verdict, resolve
from tests.fakes import BruteForceIndex, HashEmbedder

TEXT = "Japan will invest. The sum is large. Nobody objects. The sum is large."


class House:
    """One document that changes, and an index of it."""

    def __init__(self, base: Path) -> None:
        self._file = base / "a.txt"
        self._store = SqliteStore(base / "index")
        self._builder = Builder(self._store, BruteForceIndex(), HashEmbedder(), IngestSettings())

    def write(self, text: str) -> None:
        self._file.write_text(text, encoding="utf-8")
        self._builder.ingest([str(self._file)], watch=lambda _: None)

    def remove(self) -> None:
        self._builder.remove(["a.txt"])

    def cite(self, ordinal: int) -> Citation:
        with self._store.reading() as live:
            document = live.document("a.txt")
            return cite(document, live.sentences(document)[ordinal])

    def citations(self) -> list[Citation]:
        with self._store.reading() as live:
            document = live.document("a.txt")
            return [cite(document, sentence) for sentence in live.sentences(document)]

    def resolve(self, citation: Citation) -> Resolution:
        with self._store.reading() as live:
            return resolve(live, citation)


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.write(TEXT)
    return house


def test_a_citation_of_what_is_live_is_exact(house: House) -> None:
    cited = house.cite(1)
    assert house.resolve(cited) == Resolution(Verdict.EXACT, cited.span)


def test_a_sentence_that_moved_is_found_again(house: House) -> None:
    cited = house.cite(2)
    house.write(f"Something new comes first. {TEXT}")
    resolution = house.resolve(cited)
    assert resolution.verdict is Verdict.MOVED
    assert resolution.span == Span(cited.span.start + 27, cited.span.end + 27)


def test_of_two_occurrences_the_nearest_counts(house: House) -> None:
    last = house.cite(3)
    house.write(TEXT + " More is said.")
    assert house.resolve(last) == Resolution(Verdict.MOVED, last.span)


def test_a_sentence_that_was_deleted_is_stale(house: House) -> None:
    cited = house.cite(2)
    house.write("Japan will invest. The sum is large.")
    assert house.resolve(cited) == Resolution(Verdict.STALE, None)


def test_words_that_now_stand_inside_a_longer_sentence_are_stale(house: House) -> None:
    cited = house.cite(0)
    house.write("Nobody believes that Japan will invest. The end.")
    assert house.resolve(cited) == Resolution(Verdict.STALE, None)


def test_a_citation_of_a_removed_document_is_gone(house: House) -> None:
    cited = house.cite(0)
    house.remove()
    assert house.resolve(cited) == Resolution(Verdict.GONE, None)


def test_a_quote_that_was_tampered_with_is_stale(house: House) -> None:
    true = house.cite(1)
    forged = Citation(
        true.document, true.sentence, true.span, "x" * len(true.quote), true.page, true.paragraph
    )
    assert house.resolve(forged) == Resolution(Verdict.STALE, None)


def test_a_span_past_the_end_is_no_error(house: House) -> None:
    true = house.cite(0)
    span = Span(10_000, 10_000 + len(true.quote))
    astray = Citation(true.document, true.sentence, span, true.quote, true.page, true.paragraph)
    assert house.resolve(astray) == Resolution(Verdict.MOVED, true.span)


@settings(max_examples=25, deadline=None)
@given(new=st.lists(st.sampled_from(["One stays.", "Two goes.", "Three is new.", "Four ends."]), min_size=1))
def test_where_a_citation_stands_its_quote_stands(
    tmp_path_factory: pytest.TempPathFactory, new: list[str]
) -> None:
    house = House(tmp_path_factory.mktemp("house"))
    house.write("One stays. Two goes. Two goes. Four ends.")
    cited = house.citations()
    text = " ".join(new)
    house.write(text)
    for citation in cited:
        resolution = house.resolve(citation)
        if resolution.span is None:
            assert citation.quote not in new
        else:
            assert resolution.span.cut(text) == citation.quote
