import datetime as dt
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.documents import Document, Skipped

RENDERED = [
    ("a **b** _c_ ~~d~~ `e` [f](http://x.y 'z') <http://g.h>", "a b c d e f http://g.h"),
    ("![alt *text*](i.png)", "alt text"),
    ("wrapped\nline", "wrapped line"),
    ("hard  \nbreak<br>again", "hard\nbreak\nagain"),
    ("- a\n- b\n  - c\n    1. d\n    2. e\n- f", "- a\n- b\n  - c\n    1. d\n    2. e\n- f"),
    ("3. x\n4. y", "3. x\n4. y"),
    ("- a\n\n3) x", "- a\n\n3. x"),
    ("- a\n\n  more\n- b", "- a\n\nmore\n\n- b"),
    ("| A | B |\n|---|---|\n| 1 | **2** |\n| 3 | |", "A | B\n1 | 2\n3 | "),
    ("```py\ndef f():\n\n    return 1\n```", "def f():\n\n    return 1"),
    ("para\n\n    x\n      y", "para\n\nx\n  y"),
    ("> quoted\n> text", "quoted text"),
    ("a <b>bold</b> word<!-- no -->", "a bold word"),
    ("a <script>alert(1)</script>b", "a b"),
    ("<!-- c -->\n\nx", "x"),
    ("<script>\nvar a = 1;\n</script>\n\nx", "x"),
    ("<details><summary>Sum</summary>\n\nHidden *x*\n\n</details>", "Sum\n\nHidden x"),
    ("<table><tr><td>a</td><td>b</td></tr></table>", "a | b"),
    ("a\n\n***\n\nb", "a\n\nb"),
    ("&amp; &copy; \\*", "& © *"),
]


@pytest.mark.parametrize(("markdown", "text"), RENDERED)
def test_markdown_is_rendered_to_what_a_reader_sees(
    load_one: Callable[..., Document], markdown: str, text: str
) -> None:
    assert load_one("a.md", markdown).text.rstrip() == text.rstrip()


def test_headings_are_marked_and_the_first_is_the_title(load_one: Callable[..., Document]) -> None:
    document = load_one("a.md", "# One **two**\r\n\r\ntext\n\nSet `ext`\n===\nmore\n\n### three ###\n")
    assert document.title == "One two"
    assert [span.cut(document.text) for span in document.headings] == ["One two", "Set ext", "three"]
    assert document.media_type == "text/markdown"


def test_without_headings_the_file_names_the_document(load_one: Callable[..., Document]) -> None:
    assert load_one("my_notes.md", "text").title == "My notes"


def test_front_matter_gives_facts_and_leaves_the_text(load_one: Callable[..., Document]) -> None:
    document = load_one(
        "a.md",
        "\ufeff---\ntitle: 'T: x'\ndate: 2025-10-28 09:00:00\nauthor: [a]\npublisher: P\n---\n# H\n\ntext\n",
    )
    assert (document.title, document.source, document.published) == ("T: x", "P", dt.date(2025, 10, 28))
    assert document.text == "H\n\ntext"


@pytest.mark.parametrize(
    "block",
    [
        'title: "open',
        "a: [1,",
        "just prose",
        "- a\n- b",
        "date: 2025-13-45",
        "a: &a [x]\nb: [*a, *a]",
        "a: &a {k: v}\nb: {<<: [*a, *a]}",
        "!!python/object/apply:os.system ['true']",
        "[" * 5000,
        "? [1]\n: 2",
    ],
)
def test_front_matter_that_is_none_stays_in_the_text(load_one: Callable[..., Document], block: str) -> None:
    document = load_one("a.md", f"---\n{block}\n---\nThe text below.\n")
    assert "The text below." in document.text
    assert block.split()[0].strip("-*&!?[") in document.text


def test_a_yaml_bomb_is_not_expanded(load_one: Callable[..., Document]) -> None:
    levels = "\n".join(f"l{n}: &l{n} {{<<: [{', '.join([f'*l{n - 1}'] * 9)}]}}" for n in range(1, 12))
    started = time.monotonic()
    assert "below" in load_one("a.md", f"---\nl0: &l0 {{a: 1}}\n{levels}\n---\nbelow").text
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "hostile",
    [
        ">" * 5000 + " deep",
        "- " * 3000 + "deep",
        "[" * 20_000 + "deep",
        "*a " * 5000 + "deep",
        "`" * 9999 + " deep",
    ],
    ids=["quotes", "lists", "brackets", "stars", "ticks"],
)
def test_hostile_nesting_ends_soon(load_all: Callable[..., list[Document | Skipped]], hostile: str) -> None:
    started = time.monotonic()
    (outcome,) = load_all("a.md", hostile + "\n\nThe end.")
    assert time.monotonic() - started < 20
    assert "The end." in outcome.text if isinstance(outcome, Document) else outcome.reason


@settings(settings.get_profile("loading"), max_examples=80)
@given(markdown=st.text(st.sampled_from("#*-_`[]()|<>!~\n :1.ab\t&;\\é"), max_size=120))
def test_any_markdown_is_a_document_or_has_no_text(
    load_all: Callable[..., list[Document | Skipped]], markdown: str
) -> None:
    (outcome,) = load_all("a.md", markdown)
    if isinstance(outcome, Document):
        assert all(span.cut(outcome.text).strip() for span in outcome.headings)


def test_brackets_that_never_close_do_no_harm(load_one: Callable[..., Document]) -> None:
    # With links looked for, this takes minutes.
    assert load_one("a.md", b"# Title\n\n" + b"![" * 60_000).text.startswith("Title\n\n![![")
    many = "\n\n".join(["Intervals like [0, 1) are half-open. See [this](x)."] * 2_000)
    assert load_one("b.md", many.encode()).text.startswith("Intervals like [0, 1) are half-open. See this.")
