import datetime as dt
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.documents import Document, Skipped
from ingest.loading import load


def lines(*records: object) -> str:
    return "\n".join(each if isinstance(each, str) else json.dumps(each) for each in records)


def test_a_record_becomes_a_document(load_one: Callable[..., Document]) -> None:
    record = {
        "_id": "mh-1",
        "title": "A title",
        "text": "Some\r\ntext.",
        "metadata": {"published": "2023-09-26", "source": "The Verge", "more": [1]},
    }
    document = load_one("c.jsonl", lines(record))
    assert (document.id, document.title, document.text) == ("mh-1", "A title", "Some\ntext.")
    assert (document.source, document.published) == ("The Verge", dt.date(2023, 9, 26))


def test_titles_and_metadata_may_be_missing(load_one: Callable[..., Document]) -> None:
    document = load_one("c.jsonl", '{"_id": "7", "text": "T.", "title": ""}')
    assert (document.title, document.source, document.published) == ("7", "", None)


def test_one_bad_record_does_not_lose_the_others(load_all: Callable[..., list[Document | Skipped]]) -> None:
    got = load_all(
        "c.jsonl",
        lines(
            {"_id": "a", "text": "A."},
            "{broken",
            {"_id": "b"},
            "",
            [1],
            {"_id": "a", "text": "Again."},
            {"_id": "", "text": "x"},
            {"_id": "c", "text": "  "},
            {"_id": 5, "text": "x"},
            {"_id": "d", "text": "D.", "metadata": {"published": "once", "source": 3}},
            "[" * 100_000,
        ),
    )
    assert [each.id for each in got if isinstance(each, Document)] == ["a", "d"]
    skipped = {each.line: each.reason for each in got if isinstance(each, Skipped)}
    assert list(skipped) == [2, 3, 5, 6, 7, 8, 9, 11]
    assert skipped[2].startswith("not JSON")
    assert skipped[3] == "text: Field required"
    assert "occurs again" in skipped[6]
    assert "no text" in skipped[8]
    assert str(next(each for each in got if isinstance(each, Skipped))).startswith("c.jsonl line 2: not JSON")


def test_a_record_that_was_refused_does_not_take_its_id(
    load_all: Callable[..., list[Document | Skipped]],
) -> None:
    got = load_all("c.jsonl", lines({"_id": "a", "text": ""}, {"_id": "a", "text": "Good."}))
    assert [type(each) for each in got] == [Skipped, Document]


def test_only_line_feeds_split_records(load_all: Callable[..., list[Document | Skipped]]) -> None:
    text = "one\u2028two\x85three\x0bfour\u2029five"
    data = json.dumps({"_id": "a", "text": text}, ensure_ascii=False).replace("\\u000b", "\x0b")
    got = load_all("c.jsonl", data.replace("\x0b", "\\u000b") + "\r\n" + '{"_id": "b", "text": "B"}')
    assert [each.id for each in got] == ["a", "b"]
    assert got[0].text == text


def test_bytes_that_are_not_utf8_lose_one_record(load_all: Callable[..., list[Document | Skipped]]) -> None:
    got = load_all("c.jsonl", b'{"_id": "a", "text": "\xe9"}\n{"_id": "b", "text": "B"}')
    assert got[0] == Skipped("c.jsonl", "not UTF-8", 1)
    assert got[1].id == "b"


@pytest.mark.parametrize("number", ["1" * 5000, "NaN", "1e999"])
def test_odd_numbers_elsewhere_do_no_harm(
    load_all: Callable[..., list[Document | Skipped]], number: str
) -> None:
    (outcome,) = load_all("c.jsonl", f'{{"_id": "a", "text": "T", "score": {number}}}')
    assert isinstance(outcome, Document | Skipped)


def test_a_long_file_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps({"_id": str(n), "text": "word " * 100}) + "\n" for n in range(20_000))
    documents = load(path, "c.jsonl", max_bytes=50_000_000)
    tracemalloc.start()
    first = [next(documents) for _ in range(500)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < path.stat().st_size / 4
    assert len(first) + sum(1 for _ in documents) == 20_000
