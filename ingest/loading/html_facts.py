"""What a page says about itself: title, publisher, day; from meta elements, JSON-LD and `<time>`."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from ingest.loading.content import one_line, parse_day

_DAY_KEYS = (
    "article:published_time",
    "datepublished",
    "date",
    "dc.date",
    "dc.date.issued",
    "dcterms.date",
    "pubdate",
)
_SITE_KEYS = ("og:site_name", "dc.publisher", "citation_publisher", "publisher")
_MAX_JSON_NODES = 2000


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says about itself; "" and None where it does not."""

    title: str = ""
    source: str = ""
    published: dt.date | None = None


def find_facts(page: HtmlElement) -> Facts:
    """Read the facts off an unpruned page: the title in its head, publisher, day."""
    meta = _meta(page)
    linked = _linked_facts(page)
    source = _first(meta, _SITE_KEYS) or linked.source
    return Facts(
        title=meta.get("og:title", "") or linked.title or _title_element(page, source),
        source=source,
        published=_first_day(meta) or linked.published or _shown_day(page),
    )


def _meta(page: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in page.iter("meta"):
        key = element.get("property") or element.get("name") or element.get("itemprop")
        if key and (value := one_line(element.get("content") or "")):
            found.setdefault(key.lower(), value)
    return found


def _first(meta: dict[str, str], keys: tuple[str, ...]) -> str:
    return next((meta[key] for key in keys if key in meta), "")


def _first_day(meta: dict[str, str]) -> dt.date | None:
    days = (parse_day(meta[key]) for key in _DAY_KEYS if key in meta)
    return next(filter(None, days), None)


def shown_title(pruned: HtmlElement) -> str:
    """The only first heading of a pruned page or part; of several, none is sure to be the title."""
    shown = [one_line(each.text_content()) for each in pruned.iter("h1")]
    return shown[0] if len(shown) == 1 else ""


def _title_element(page: HtmlElement, source: str) -> str:
    title = one_line(next((each.text_content() for each in page.xpath("//head/title | //title")), ""))
    cut = re.sub(rf"\s+[|–—·-]\s+{re.escape(source)}$", "", title) if source else title
    return cut or title


def _shown_day(page: HtmlElement) -> dt.date | None:
    days = (parse_day(each.get("datetime") or each.text_content()) for each in page.iter("time"))
    return next(filter(None, days), None)


def _linked_facts(page: HtmlElement) -> Facts:
    """Facts of the first JSON-LD node with a publication day (https://schema.org/Article)."""
    for script in page.xpath("//script[@type='application/ld+json']"):
        for node in _nodes(script.text or ""):
            if day := parse_day(_string(node.get("datePublished"))):
                publisher = node.get("publisher")
                name = publisher.get("name") if isinstance(publisher, dict) else publisher
                return Facts(_string(node.get("headline")), _string(name), day)
    return Facts()


def _nodes(text: str) -> Iterator[dict[str, object]]:
    """Every object of a JSON text, outermost first; nothing if it is not JSON."""
    try:
        queue = [json.loads(text)]
    except (
        ValueError,
        RecursionError,
    ):  # a broken script is the site's trouble, not a reason to skip the page
        return
    for value in queue[:]:
        if isinstance(value, list):
            queue += value
    seen = 0
    while queue and seen < _MAX_JSON_NODES:
        value, seen = queue.pop(0), seen + 1
        if isinstance(value, dict):
            yield value
            queue += value.values()
        elif isinstance(value, list):
            queue += value


def _string(value: object) -> str:
    return one_line(value) if isinstance(value, str) else ""
