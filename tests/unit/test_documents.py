import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.documents import Document, Span, normalise_text, only_space_outside, text_version


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (2, 2), (3, 1)])
def test_a_span_refuses_anything_but_a_non_empty_range(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="0 <= start < end"):
        Span(start, end)


def test_a_span_refuses_to_cut_past_the_end() -> None:
    with pytest.raises(ValueError, match="reaches past"):
        Span(0, 4).cut("abc")


def test_a_span_counts_code_points_not_bytes() -> None:
    assert Span(1, 3).cut("🎌日本") == "日本"


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise_text(text)
    assert normalise_text(once).removeprefix("\ufeff") == once.removeprefix("\ufeff")
    assert "\r" not in once
    assert "\x00" not in once
    once.encode("utf-8")


def test_normalising_takes_off_one_byte_order_mark_and_carriage_returns() -> None:
    assert normalise_text("\ufeffa\r\nb\rc") == "a\nb\nc"


def test_a_documents_version_follows_from_its_text_alone() -> None:
    one = Document(id="a", title="A", text="Same.")
    other = Document(id="b", title="B", text="Same.", published=dt.date(2025, 10, 28))
    assert one.version == other.version == text_version("Same.")
    assert Document(id="a", title="A", text="Other.").version != one.version


@pytest.mark.parametrize(
    "fields", [{"id": ""}, {"title": ""}, {"text": " \n"}, {"page_starts": (3,)}, {"page_starts": (0, 99)}]
)
def test_a_document_refuses_what_cannot_be_cited(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="document"):
        Document(**{"id": "a", "title": "A", "text": "Some text.", **fields})  # type: ignore[arg-type]


def test_a_document_refuses_overlapping_headings() -> None:
    with pytest.raises(ValueError, match="headings"):
        Document(id="a", title="A", text="Some text.", headings=(Span(0, 4), Span(3, 5)))


def test_pages_and_paragraphs_are_counted_from_one() -> None:
    document = Document(id="a", title="A", text="One.\n\n\n\nTwo.\n\nThree.", page_starts=(0, 8))
    assert document.page_of(Span(0, 4)) == 1
    assert document.page_of(Span(8, 12)) == 2
    assert [document.paragraph_of(Span(start, start + 1)) for start in (0, 8, 14)] == [1, 2, 3]
    assert Document(id="a", title="A", text="One.").page_of(Span(0, 4)) is None


def test_only_white_space_may_lie_outside_spans() -> None:
    assert only_space_outside(" ab  c\n", [Span(1, 3), Span(5, 6)])
    assert not only_space_outside(" ab x c\n", [Span(1, 3), Span(6, 7)])
    assert not only_space_outside("abc", [Span(0, 2), Span(1, 3)])
