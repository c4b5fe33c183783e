"""Page shapes to be met in the wild; also the measure behind the choice of our own rules (decision 0004)."""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.documents import Document, Skipped

SENTENCES = [
    "The council voted on Tuesday to close the northern ferry line.",
    "Passengers will be moved to a bus that runs every twenty minutes.",
    "A spokesperson added that the ships would be sold by summer.",
    "Residents of the island have started a petition against it.",
]
JUNK = ("Home Link", "World News", "All rights", "Most read", "Ten beaches", "cookies", "LEAK", "Accept")
NAV = '<nav><ul><li><a href="/">Home Link</a></li><li><a href="/w">World News</a></li></ul></nav>'
FOOTER = "<footer><p>Copyright 2025. All rights reserved.</p></footer>"
SIDE = '<aside class="sidebar"><h3>Most read</h3><ul><li><a href="/a">Ten beaches</a></li></ul></aside>'
COOKIE = '<div class="cookieBanner"><p>We use cookies on this site.</p><button>Accept</button></div>'
HEAD = (
    "<head><title>Ferry closes | The Post</title><meta property='og:site_name' content='The Post'>"
    "<meta property='article:published_time' content='2025-10-28T09:00:00Z'><style>.x{} /*LEAK*/</style>"
    "<script>var LEAK = 1;</script></head>"
)
PROSE = "".join(f"<p>{each}</p>" for each in SENTENCES)
ARTICLE = f"<h1>Ferry closes</h1>{PROSE}<h2>Next</h2><ul><li>First bus</li><li>Last bus</li></ul>"
TEXT = "\n\n".join(["Ferry closes", *SENTENCES, "Next", "- First bus\n- Last bus"])

SHAPES = {
    "article element": f"{COOKIE}<header>{NAV}</header><main><article>{ARTICLE}</article>{SIDE}</main>"
    f"{FOOTER}",
    "divs only": f'<div id="top">{NAV}</div><div class="wrap with-sidebar"><div>{ARTICLE}</div>{SIDE}</div>'
    f'<div class="site-footer">{FOOTER}</div>',
    "banner in main": f"{NAV}<main>{COOKIE}{ARTICLE}<div class='share-buttons'>LEAK</div></main>{FOOTER}",
    "no class, no landmark": '<div><a href="/">Home Link</a> <a href="/w">World News</a> '
    f'<a href="/s">LEAK</a></div><div>{ARTICLE}</div>',
    "whole page in a form": f'<form id="aspnet">{NAV}<div>{ARTICLE}</div></form>',
    "laid out in a table": f"<table><tr><td>{NAV}</td><td>{ARTICLE}</td></tr></table>",
    "hidden parts": f'<main>{ARTICLE}<p hidden>LEAK</p><p style="display: none">LEAK</p><!-- LEAK -->'
    '<div aria-hidden="true">LEAK</div><noscript>LEAK</noscript><template>LEAK</template></main>',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_article_is_found_whole_and_alone(load_one: Callable[..., Document], shape: str) -> None:
    document = load_one("a.html", f"<!doctype html><html>{HEAD}<body>{SHAPES[shape]}</body></html>")
    assert document.text == TEXT
    assert not any(junk in document.text for junk in JUNK)
    assert [span.cut(document.text) for span in document.headings] == ["Ferry closes", "Next"]
    assert (document.title, document.source) == ("Ferry closes", "The Post")
    assert document.published == dt.date(2025, 10, 28)
    assert document.media_type == "text/html"


def test_a_short_page_keeps_its_shape(load_one: Callable[..., Document]) -> None:
    page = (
        f"<html>{HEAD}<body>{NAV}<article><h1>Pool</h1><p>Opens at ten.</p></article>{FOOTER}</body></html>"
    )
    assert load_one("a.htm", page).text == "Pool\n\nOpens at ten."


def test_tables_become_rows(load_one: Callable[..., Document]) -> None:
    rows = "".join(f"<tr><td>Town <b>{n}</b></td><td>{n}00</td><td></td></tr>" for n in range(1, 30))
    page = (
        f"<main><h1>Towns</h1><table><caption>Figures</caption><thead><tr><th>Town</th><th>People</th>"
        f"<th><p>Share</p></th></tr></thead>{rows}</table><p>Rounded.</p></main>"
    )
    text = load_one("a.html", page).text
    assert text.startswith("Towns\n\nFigures\n\nTown | People | Share\nTown 1 | 100 |\nTown 2 | 200 |\n")
    assert text.endswith("\n\nRounded.")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<p>It was <b>bold</b>ly <a href='x'>done</a>,\n so H<sub>2</sub>O.</p>",
            "It was boldly done, so H2O.",
        ),
        ("<pre>a\n  b\n\nc</pre><p>x</p>", "a\n  b\n\nc\n\nx"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<ol start=3><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "3. a\n  - b\n4. c"),
        ("<ul><li>a</ul><ul><li>b</ul>", "- a\n\n- b"),
        ("<dl><dt>port</dt><dd>The port.</dd></dl>", "port\n\nThe port."),
        ("<details><summary>Lost</summary>Ring us.</details>", "Lost\n\nRing us."),
        ("<figure><img alt='x'><figcaption>The ship.</figcaption></figure>", "The ship."),
        ("a &lt;b&gt; &nbsp; c &#x1F600;", "a <b> c 😀"),
        ("<p>invest&shy;ment</p>", "investment"),
        ("<h2>A<br>B</h2>x", "A B\n\nx"),
        ("<section id='related-work'><p>Kept.</p></section>", "Kept."),
    ],
)
def test_elements_become_lines(load_one: Callable[..., Document], html: str, text: str) -> None:
    assert load_one("a.html", f"<body>{html}</body>").text == text


def test_json_ld_and_time_tell_the_day(load_one: Callable[..., Document]) -> None:
    ld = '{"@graph": [{"@type": "X"}, {"datePublished": "2024-05-06", "publisher": {"name": "Post"}}]}'
    page = f"<script type='application/ld+json'>{ld}</script><p>Text.</p>"
    document = load_one("a.html", page)
    assert (document.published, document.source) == (dt.date(2024, 5, 6), "Post")
    page = (
        "<script type='application/ld+json'>{broken</script><p><time datetime='2023-01-02'>x</time> Text.</p>"
    )
    assert load_one("a.html", page).published == dt.date(2023, 1, 2)


def test_titles_lose_the_name_of_the_site(load_one: Callable[..., Document]) -> None:
    page = "<title>Ferry – The Post</title><meta property='og:site_name' content='The Post'><p>x</p>"
    assert load_one("a.html", page).title == "Ferry"
    assert load_one("my_page.html", "<p>x</p>").title == "My page"


def test_controls_are_no_part_of_the_title(load_one: Callable[..., Document]) -> None:
    page = "<title>x</title><main><h1>Ferry <button>Copy path</button></h1><p>Text.</p></main>"
    assert load_one("a.html", page).title == "Ferry"


def test_a_declared_encoding_is_believed_and_no_other(
    load_one: Callable[..., Document], refusal: Callable[..., str]
) -> None:
    page = "<html><meta charset='iso-8859-1'><body><p>Café – 5 €</p></body></html>"
    assert load_one("a.html", page.encode("cp1252")).text == "Café – 5 €"
    assert load_one("a.html", page).text == "Café – 5 €"
    assert refusal("a.html", "<p>Café</p>".encode("cp1252")).startswith("not UTF-8")
    assert refusal("a.html", b"<meta charset=rot13><p>\xe9</p>").startswith("not UTF-8")
    xhtml = "<?xml version='1.0' encoding='UTF-8'?><html><body><p>x</p></body></html>"
    assert load_one("a.html", xhtml).text == "x"


@pytest.mark.parametrize(
    "page", ["<html></html>", "<!-- -->", "<script>x</script>", "<body><nav>x</nav></body>", "<?x?>", "<"]
)
def test_pages_without_text_are_refused(load_all: Callable[..., list[Document | Skipped]], page: str) -> None:
    (outcome,) = load_all("a.html", page)
    assert isinstance(outcome, Document) or outcome.reason == "holds no text"


def test_other_kinds_are_refused(refusal: Callable[..., str]) -> None:
    assert refusal("a.html", b"\x89PNG\r\n\x1a\n\x00").startswith("binary")


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 50_000 + "deep",
        "<ul><li>" * 5_000 + "deep",
        "<table><tr><td>" * 2_000 + "deep",
        "<p class='ad'>x" * 20_000,
        "<!DOCTYPE html [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><p>&b;</p>",
        "<div><a href=x>aaaa</a>" * 2_000,
    ],
    ids=["divs", "lists", "tables", "many", "entities", "links"],
)
def test_hostile_pages_end_soon(load_all: Callable[..., list[Document | Skipped]], page: str) -> None:
    started = time.monotonic()
    (outcome,) = load_all("a.html", page)
    assert time.monotonic() - started < 20
    assert isinstance(outcome, Document) or outcome.reason


def test_external_entities_are_not_fetched(load_one: Callable[..., Document], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    page = f"<!DOCTYPE html [<!ENTITY x SYSTEM 'file://{tmp_path}/secret'>]><p>Text &x;</p>"
    assert "SECRET" not in load_one("a.html", page).text


SOUP = """
    <p> </p> <div> </div> <ul> <li> </ul> <table> <tr> <td> </table> <h1> </h1> <pre> </pre> <br> <a> a b
    <article> <nav> </nav> <ol> </li> &amp; <!-- -->
"""


@settings(settings.get_profile("loading"), max_examples=80)
@given(pieces=st.lists(st.sampled_from(SOUP.split()), max_size=25))
def test_any_soup_of_tags_is_a_document_or_has_no_text(
    load_all: Callable[..., list[Document | Skipped]], pieces: list[str]
) -> None:
    (outcome,) = load_all("a.html", " ".join(pieces))
    if isinstance(outcome, Document):
        for span in outcome.headings:
            assert "\n" not in span.cut(outcome.text)


@pytest.mark.parametrize("mark", ["\x03", "&#3;", "&#x1F;", "&#11", "&#xfffe;", "￿"])
def test_characters_that_cannot_be_moved_stand_for_themselves(
    load_one: Callable[..., Document], mark: str
) -> None:
    said = f"{'One sentence. ' * 20}{mark}Another one."
    page = f"<div><nav>a</nav>{mark}tail<aside>b</aside>{mark}<p>{said}</p></div>"
    assert "Another one." in load_one("a.html", page.encode()).text
