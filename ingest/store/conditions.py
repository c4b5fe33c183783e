"""Filters as SQL that every engine takes."""

from collections.abc import Sequence

from ingest.store.records import Filters


def conditions(filters: Filters, spellings: Sequence[str]) -> tuple[str, list[object]]:
    """SQL condition over `documents`, and its values; `spellings` are of the filters' sources."""
    groups: list[tuple[str, Sequence[object]]] = []
    if filters.documents:
        conditions, values = zip(*map(_named, filters.documents), strict=True)
        groups.append((_either(conditions), [value for part in values for value in part]))
    if filters.sources:
        groups.append((_either(["source = ?"] * len(spellings)), spellings))
    if filters.published_from:
        groups.append(("published >= ?", [filters.published_from.isoformat()]))
    if filters.published_to:
        groups.append(("published <= ?", [filters.published_to.isoformat()]))
    return " AND ".join(sql for sql, _ in groups), [value for _, values in groups for value in values]


def _either(conditions: Sequence[str]) -> str:
    return "(" + (" OR ".join(conditions) or "1 = 0") + ")"


def _named(pattern: str) -> tuple[str, tuple[object, ...]]:
    """Condition for one id, of which only a trailing `*` is special."""
    if not pattern.endswith("*"):
        return "id = ?", (pattern,)
    stem = pattern.removesuffix("*")
    return "substr(id, 1, ?) = ?", (len(stem), stem)
