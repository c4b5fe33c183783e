"""HTML: the article alone, without navigation, banners, sidebars and footers.

The rules are our own, over lxml: extractors that weigh text density lose or leak short pages
(measured in docs/decisions/0004-loading-libraries.md), and what is lost cannot be cited.
"""

import re
from collections.abc import Iterator

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

from ingest.documents import normalise_text
from ingest.errors import UnreadableDocument
from ingest.loading.content import Content, join_blocks, one_line
from ingest.loading.decoding import decode
from ingest.loading.html_blocks import prune_silent, render_blocks
from ingest.loading.html_facts import find_facts, shown_title

_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_FURNITURE_TAGS = frozenset({"nav", "footer", "aside", "form"})
_FURNITURE_WORDS = (
    "cookies?|cookiebar|cookienotice|consent|gdpr|sidebar|breadcrumbs?|navbar|navigation|nav|menu|masthead|footer|foot"
    "|share|sharing|social|advert|advertisement|ads?|newsletter|subscribe|popup|modal|skiplink|comments|disqus|related"
)
_CLASS_TOKEN = re.compile(rf"(?:.*[-_])?(?:{_FURNITURE_WORDS})(?:[-_].*)?", re.S)
# Ids are also anchors of ordinary sections ("#related-work"), so only whole, telling ones count.
_ID = re.compile(
    r"(?:cookie|consent|gdpr).*|sidebar|navbar|navigation|nav|menu|footer|breadcrumbs?|masthead", re.S
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
# Characters that HTML may hold, themselves or by number, and XML may not: lxml reads, but cannot move them.
_CONTROLS = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
    r"|&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)|x0*(?:[1-8bcef]|1[\da-f]|fff[ef])(?![\da-f]));?",
    re.I,
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MAX_FURNITURE_SHARE = 0.5
_MIN_ARTICLE_SHARE = 0.4


def read(data: bytes) -> Content:
    """Read the main text of a page; title, publisher and day from its metadata.

    Raises:
        UnreadableDocument: if it is binary, in an unknown encoding or no HTML at all.
    """
    declared = _DECLARED.search(data[:4096])
    page = _parse(normalise_text(decode(data, declared[1].decode("ascii", "ignore") if declared else "")))
    facts = find_facts(page)
    main = _main_part(page)
    text, headings = join_blocks(render_blocks(main))
    shown = shown_title(main) or shown_title(page)
    return Content(
        text=text,
        title=shown or facts.title or (headings[0].cut(text) if headings else ""),
        source=facts.source,
        published=facts.published,
        headings=headings,
    )


def _parse(html: str) -> HtmlElement:
    # lxml refuses text that declares an encoding, because text has none any more.
    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", html)
    html = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", html)
    try:
        return lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser(no_network=True))
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableDocument("holds no text" if "empty" in str(error).lower() else "not HTML") from error


def _main_part(page: HtmlElement) -> HtmlElement:
    """Prune `page` in place and return the element that holds its main text.

    The page as a whole stands for its body: where that tag is left out, the parser puts `main` into the head.
    """
    prune_silent(page)
    _drop(_hidden(page))
    total = _size(page)
    _drop(each for each in _furniture(page) if _may_go(each, total))
    mains = page.xpath(".//main | .//*[@role='main']")
    root: HtmlElement = mains[0] if mains and _size(mains[0]) else page
    articles = [each for each in root.iter("article") if not each.xpath("ancestor::article")]
    if len(articles) == 1 and _size(articles[0]) >= _MIN_ARTICLE_SHARE * _size(root):
        return articles[0]
    if root is page:
        _drop(each for each in page.iter("ul", "div", "p", "table") if _is_link_list(each))
    return root


def _drop(elements: Iterator[HtmlElement]) -> None:
    for element in list(elements):
        if element.getparent() is not None:
            element.drop_tree()


def _hidden(page: HtmlElement) -> Iterator[HtmlElement]:
    for element in page.iter(etree.Element):
        named = element.get("hidden") is not None or element.get("aria-hidden") == "true"
        if (
            element.getparent() is not None
            and element.tag != "body"
            and (named or _HIDDEN.search(element.get("style") or ""))
        ):
            yield element


def _furniture(page: HtmlElement) -> Iterator[HtmlElement]:
    for element in page.iter(etree.Element):
        if element.getparent() is not None and element.tag != "body" and _is_furniture(element):
            yield element


def _is_furniture(element: HtmlElement) -> bool:
    if element.tag in _FURNITURE_TAGS or element.get("role") in (
        "navigation",
        "banner",
        "contentinfo",
        "dialog",
    ):
        return True
    if element.tag == "header":  # an article's own header holds its title and date
        return not element.xpath("ancestor::article | ancestor::main | ancestor::*[@role='main']")
    classes = _CAMEL.sub("-", element.get("class") or "").lower().split()
    return any(map(_CLASS_TOKEN.fullmatch, classes)) or bool(_ID.fullmatch((element.get("id") or "").lower()))


def _may_go(element: HtmlElement, total: int) -> bool:
    """Whether dropping `element` cannot drop the article: `<body class="with-sidebar">` is no sidebar."""
    if element.xpath("self::h1 | self::main | self::article | .//h1 | .//main | .//article[.//p]"):
        return False
    return _size(element) <= _MAX_FURNITURE_SHARE * total


def _is_link_list(element: HtmlElement) -> bool:
    """Whether it is a menu by its looks: three links or more, short, with hardly a word between."""
    links = [len(one_line(link.text_content())) for link in element.iter("a")]
    return len(links) >= 3 and sum(links) >= 0.8 * _size(element) and sum(links) / len(links) < 30


def _size(element: HtmlElement) -> int:
    """Characters of an element's text, runs of white space counted as one."""
    return len(one_line(element.text_content()))
