"""The page's own small functions, called in the browser they are written for."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Open


@pytest.fixture
def page(open_page: Open) -> Page:
    return open_page()


def call(page: Page, script: str, code: str, *given: object) -> object:
    """What `code`, with the module as `m` and what is given as `a`, comes to."""
    return page.evaluate(
        f"async a => {{ const m = await import('/web/scripts/{script}.js'); return {code} }}", list(given)
    )


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("plain", 0, 5),
        ("🚢🚢 ferry 𝐀 240", 11, 14),
        ("e\u0301 x", 0, 2),
        ("x🚢", 1, 2),
        ("", 0, 0),
        ("ab", 1, 1),
    ],
)
def test_spans_count_code_points(page: Page, text: str, start: int, end: int) -> None:
    parts = call(page, "text", "m.cut(a[0], {start: a[1], end: a[2]})", text, start, end)
    assert parts == [text[:start], text[start:end], text[end:]]


def test_gaps_stand_between_spans(page: Page) -> None:
    text = " 🚢 one.\n\ntwo. three"
    spans = [{"start": 1, "end": 7}, {"start": 9, "end": 13}, {"start": 14, "end": 19}]
    assert call(page, "text", "m.gaps(a[0], a[1])", text, spans) == [" ", "\n\n", " "]


STREAM = (
    ': ping\r\n\r\nevent: claim\r\ndata: {"a":\ndata: 1}\n\n'
    "id: 7\rdata:no space\r\rdata\n\nevent: lost\n\ndata: cut off"
)


def test_a_stream_reads_the_same_however_it_is_cut(page: Page) -> None:
    whole = [
        {"event": "claim", "data": '{"a":\n1}'},
        {"event": "message", "data": "no space"},
        {"event": "message", "data": ""},
    ]
    code = (
        "Array.from({length: a[0].length}, (_, size) => { const p = new m.EventParser(); const found = [];"
        " for (let i = 0; i < a[0].length; i += size + 1) found.push(...p.push(a[0].slice(i, i + size + 1)));"
        " return found })"
    )
    for found in call(page, "sse", code, STREAM):  # type: ignore[attr-defined] # a list
        assert found == whole


@pytest.mark.parametrize("name", ["a.txt", "a b/ü#?.txt", "100% <b>.md", "x//y", "🚢"])
def test_a_deep_link_leads_back_to_its_place(page: Page, name: str) -> None:
    code = "m.placeIn(new URL(m.deepLink(a[0], a[1]), 'http://localhost'))"
    assert call(page, "links", code, name, 12) == {"id": name, "sentence": 12}
    assert call(page, "links", code, name, None) == {"id": name, "sentence": None}


@pytest.mark.parametrize("address", ["/", "/d/", "/docs", "/d/%E0%A4%A#s1"])
def test_other_addresses_lead_to_no_place(page: Page, address: str) -> None:
    assert call(page, "links", "m.placeIn(new URL(a[0], 'http://localhost'))", address) is None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("# [x](y) <b>", "\\# \\[x\\](y) \\<b\\>"),
        ("- item\n\n* more", "\\- item \\* more"),
        ("1. first", "1\\. first"),
        ("1914 was a year", "1914 was a year"),
        ("$5 `code` a_b", "\\$5 \\`code\\` a\\_b"),
    ],
)
def test_markdown_shows_text_as_it_is(page: Page, text: str, written: str) -> None:
    assert call(page, "footnotes", "m.escaped(a[0])", text) == written


def test_documents_that_are_not_listed_are_neither_forgotten_nor_counted_as_chosen(page: Page) -> None:
    documents = [{"id": "a.txt", "title": "t", "source": "s", "published": "2020-05-05"}]
    given = "(a[0], {...m.everything(), ...a[1]}, 41)"

    def both(scope: dict[str, str]) -> object:
        return call(page, "scope", f"[m.filtersOf{given}, m.inWords{given}]", documents, scope)

    first = "the first 1 are listed"
    assert both({}) == [{}, f"All 42 documents may answer; {first}"]
    assert both({"from": "2021-01-01"}) == [
        {"from": "2021-01-01"},
        f"Documents of that choice may answer; of all, {first}",
    ]
    assert both({"title": "T"}) == [{"documents": ["a.txt"]}, "Only the 1 listed document may answer"]
    assert both({"title": "zz"}) == [None, "No document matches: nothing could answer"]


def test_too_many_or_no_documents_are_never_taken_for_all(page: Page) -> None:
    documents = [{"id": f"{i}.txt", "title": "t", "source": "", "published": None} for i in range(1001)]
    code = "m.filtersOf(a[0], {...m.everything(), ...a[1], ticked: new Set(a[2])})"
    ids = [document["id"] for document in documents]
    assert call(page, "scope", code, documents, {}, []) == {}
    assert call(page, "scope", code, documents, {"title": "t"}, []) is None
    assert call(page, "scope", code, documents, {}, ids) is None
    assert call(page, "scope", code, documents, {"from": "2020-01-01"}, []) is None
    assert call(page, "scope", code, documents, {"title": "7.txt"}, ["3.txt"]) == {"documents": ["3.txt"]}


def test_lists_tables_and_headings_are_laid_out_as_what_they_are(page: Page) -> None:
    lines = ["Title", "", "One. Two.", "", "- a", "- b", "", "x | y", "1 | 2", "after"]
    text = "\n".join(lines)
    cut = ["Title", "One.", "Two.", "- a", "- b", "x | y", "1 | 2", "after"]
    sentences, at = [], 0
    for number, piece in enumerate(cut):
        at = text.index(piece, at)
        found = {"sentence": number, "start": at, "end": at + len(piece), "text": piece, "page": None}
        sentences.append({**found, "heading": piece == "Title"})
        at += len(piece)
    blocks = call(
        page, "blocks", "m.blocksOf(a[0], a[1]).map(b => [b.kind, b.sentences.length])", text, sentences
    )
    assert blocks == [["heading", 1], ["paragraph", 2], ["lines", 2], ["table", 2], ["paragraph", 1]]
