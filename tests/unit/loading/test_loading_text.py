import datetime as dt
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.documents import Document, Skipped, normalise_text


def test_text_is_stored_whole(load_one: Callable[..., Document]) -> None:
    text = "Ferry line closes\nPublished: 2025-10-28\nSource: The Post\n\nThe line closes.\n"
    document = load_one("a.txt", text)
    assert document.text == text
    assert document.title == "Ferry line closes"
    assert document.source == "The Post"
    assert document.published == dt.date(2025, 10, 28)
    assert [span.cut(text) for span in document.headings] == ["Ferry line closes"]


@pytest.mark.parametrize(
    "text",
    [
        "The line closes on Monday.\n\nMore.",
        "The line closes\non Monday.",
        "one line without an end",
        "x" * 121 + "\n\nMore.",
        "Source: The Post\n\nMore.",
    ],
)
def test_what_does_not_look_like_a_title_is_none(load_one: Callable[..., Document], text: str) -> None:
    document = load_one("ferry_line-2025.txt", text)
    assert document.title == "Ferry line 2025"
    assert document.headings == ()


def test_a_title_line_names_the_title(load_one: Callable[..., Document]) -> None:
    assert load_one("a.txt", "Title: On ferries\nBy: A. Berg\n\nText.").title == "On ferries"


def test_a_publication_line_far_down_is_prose(load_one: Callable[..., Document]) -> None:
    assert load_one("a.txt", "Line.\n" * 20 + "Published: 2025-10-28\n").published is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_decoded_with_or_without_its_mark(
    load_one: Callable[..., Document], encoding: str
) -> None:
    assert load_one("a.txt", "Größe €5 — 委員会 😀\r\nx".encode(encoding)).text == "Größe €5 — 委員会 😀\nx"


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859_15", "mac_roman"])
def test_legacy_encodings_are_refused_rather_than_guessed(refusal: Callable[..., str], encoding: str) -> None:
    reason = refusal("a.txt", "Le comité a décidé d'arrêter le projet très coûteux. ".encode(encoding) * 20)
    assert reason.startswith("not UTF-8 (byte 0x")
    assert "iconv" in reason


@pytest.mark.parametrize(
    "data",
    [
        b"abc\x00def",
        b"\x89PNG\r\n\x1a\n1234",
        b"%PDF-1.7\n",
        b"PK\x03\x04rest",
        bytes(range(1, 32)) * 9,
        "text".encode("utf-16-le"),
        "text".encode("utf-32"),
    ],
)
def test_binary_content_is_not_text(refusal: Callable[..., str], data: bytes) -> None:
    assert refusal("a.txt", data).startswith("binary, not text")


def test_damaged_utf16_is_refused(refusal: Callable[..., str]) -> None:
    assert refusal("a.txt", b"\xff\xfea\x00\x00\xd8").startswith("damaged UTF-16")


@settings(settings.get_profile("loading"), max_examples=60)
@given(data=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_become_a_document_or_a_reason(
    load_all: Callable[..., list[Document | Skipped]], data: bytes
) -> None:
    (outcome,) = load_all("a.txt", data)
    if isinstance(outcome, Document):
        assert outcome.text == normalise_text(outcome.text)
        assert all(span.cut(outcome.text).strip() for span in outcome.headings)
    else:
        assert isinstance(outcome, Skipped)
        assert outcome.reason
