"""YAML front matter: a few facts above a Markdown text."""

import datetime as dt
import re
from dataclasses import dataclass

import yaml

from ingest.documents import normalise_text
from ingest.loading.content import one_line, parse_day

_FENCED = re.compile(r"---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_MAX_CHARACTERS = 65_536


@dataclass(frozen=True, slots=True)
class Facts:
    """What front matter may say; "" and None where it does not."""

    title: str = ""
    source: str = ""
    published: dt.date | None = None


def split_front_matter(text: str) -> tuple[Facts, str]:
    """Split normalised text into its front matter's facts and the text below.

    What stands between the two `---` lines is front matter only if it is a YAML mapping without
    aliases (a few lines of nested aliases expand to gigabytes). Otherwise, it may be a rule and prose,
    or a typing error: it is left in the text, because losing a paragraph is worse than showing a fact.
    """
    found = _FENCED.match(text)
    if found is None or len(found[1]) > _MAX_CHARACTERS:
        return Facts(), text
    mapping = _parse(found[1])
    if mapping is None:
        return Facts(), text
    facts = Facts(
        title=_first_text(mapping, "title"),
        source=_first_text(mapping, "source", "publisher", "author"),
        published=_first_day(mapping, "published", "date"),
    )
    return facts, text[found.end() :]


class _NoAliasLoader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


def _parse(block: str) -> dict[object, object] | None:
    try:
        # S506: _NoAliasLoader is the safe loader, made stricter.
        value = yaml.load(block, Loader=_NoAliasLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        # ValueError: an impossible day such as 2025-13-45; TypeError: a mapping as a key.
        return None
    return {} if value is None else value if isinstance(value, dict) else None


def _first_text(mapping: dict[object, object], *keys: str) -> str:
    values = (mapping.get(key) for key in keys)
    return next((one_line(normalise_text(value)) for value in values if isinstance(value, str)), "")


def _first_day(mapping: dict[object, object], *keys: str) -> dt.date | None:
    for value in map(mapping.get, keys):
        if isinstance(value, dt.datetime):
            return value.date()
        if isinstance(value, dt.date):
            return value
        if isinstance(value, str) and (day := parse_day(value)):
            return day
    return None
