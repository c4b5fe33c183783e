"""Documents whose later fate is known, and what must become of citations made before it.

Every sentence occurs once, so where it stands in a text is where `str.find` finds it.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from qa.answers import Citation
from qa.verification import Resolution, Verdict

SENTENCES = 25  # of a document; all of 40 documents are cited: 1,000 answers
Texts = Mapping[str, str]  # by document id


def _sentence(document: int, number: int, word: str = "holds") -> str:
    return f"Ledger {document} {word} entry {number}, which names the amount {document * 1000 + number}."


def _text(document: int, word: str = "holds", every: int = 1) -> str:
    """A document; every so many of its sentences with that word instead of the usual one."""
    said = [_sentence(document, n, word if n % every == 0 else "holds") for n in range(SENTENCES)]
    paragraphs = [" ".join(said[first : first + 5]) for first in range(0, SENTENCES, 5)]
    return "\n\n".join(paragraphs) + "\n"


def _named(numbers: range) -> list[tuple[str, int]]:
    return [(f"ledger-{number}.txt", number) for number in numbers]


OLD: Texts = MappingProxyType({name: _text(number) for name, number in _named(range(40))})
_MOVED = {name: f"This ledger was amended.\n\n{OLD[name]}" for name, _ in _named(range(10, 20))}
_CHANGED = {name: _text(number, "now names", 3) for name, number in _named(range(20, 30))}
_NEW = {name: _text(number) for name, number in _named(range(50, 60))}
PRUNED = tuple(name for name, _ in _named(range(30, 35)))
REMOVED = tuple(name for name, _ in _named(range(35, 40)))

AFTER: Mapping[str, Texts] = MappingProxyType(
    {
        "ingest": {**OLD, **_NEW},
        "replace": {**OLD, **_MOVED, **_CHANGED},
        "prune": {name: text for name, text in OLD.items() if name not in PRUNED},
        "remove": {name: text for name, text in OLD.items() if name not in REMOVED},
        "all at once": {
            name: text for name, text in {**OLD, **_MOVED, **_CHANGED, **_NEW}.items() if name not in PRUNED
        },
        "rebuild": OLD,
        "migrate": OLD,
        "repair": OLD,
    }
)
"""What is live when an operation has come to its end, by the operation; before it, `OLD` is."""


def may_be_absent(operation: str, name: str) -> bool:
    """Whether a document may be missing while the operation has not come to its end."""
    return operation in ("rebuild", "repair") or name not in OLD or name not in AFTER[operation]


def is_right(operation: str, live_text: str | None, citation: Citation, found: Resolution) -> bool:
    """Whether a citation into `OLD` was resolved as it must be, given the text that is live in its place."""
    if live_text is None:
        return found.verdict is Verdict.GONE and may_be_absent(operation, citation.document.id)
    start = live_text.find(citation.quote)
    if live_text == OLD[citation.document.id]:
        return found.verdict is Verdict.EXACT and found.span == citation.span
    if live_text != AFTER[operation].get(citation.document.id):
        return False  # a text that was never given
    if start < 0:
        return found.verdict is Verdict.STALE and found.span is None
    return found.verdict is Verdict.MOVED and found.span is not None and found.span.start == start


def write(folder: Path, texts: Texts) -> None:
    """Makes a folder hold these files and no others."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
