"""Words of a text that tell what it is about; what texts are compared by, where no model is asked."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from ingest.documents import Span
from qa.stopwords import STOP_WORDS

# Signs that say the same as one of ASCII's: typographic quotes, hyphens that do not break.
_SIGNS = {
    **dict.fromkeys("“”„‟«»「」『』〝〞❝❞", '"'),
    **dict.fromkeys("‘’‚‛‹›`´ʼ′", "'"),
    **dict.fromkeys("‐‑", "-"),
}
_GROUPED = re.compile(r"(?<=[0-9])[\u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")  # 12 000
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s|e)$")
_LIST_MARK = re.compile(r"^(?:[-*•‣▪–—]|\(?[0-9]{1,3}[.)]|\(?[a-z][.)])\s+")


def content_words(text: str) -> frozenset[str]:
    """Casefolded words and numbers without stop words; plain plurals are folded into their singular."""
    words = re.findall(r"\w+(?:[.,]\d+)*", text.casefold())
    return frozenset(_singular(word) for word in words if word not in STOP_WORDS)


def names(text: str) -> frozenset[str]:
    """Casefolded capitalised words that are no stop words; a sentence's first word is taken for one, too."""
    words = re.findall(r"(?<![\w’'-])[A-Z][\w-]*", text)
    return frozenset(word.casefold() for word in words if word.casefold() not in STOP_WORDS)


def specifics(text: str) -> frozenset[str]:
    """Names and numbers: what a sentence may not lose without saying something else."""
    return names(text) | frozenset(re.findall(r"\d+(?:[.,]\d+)*", text))


def has_words(text: str) -> bool:
    """Whether there is a letter or a digit."""
    return re.search(r"\w", text) is not None


def flatten(text: str) -> str:
    """The text on one line, single-spaced, without a leading list mark."""
    return _LIST_MARK.sub("", " ".join(text.split()))


def plain_signs(text: str) -> str:
    """The text with digits, quotes, spaces and full-width letters as ASCII has them, and nothing invisible.

    What two texts are compared in, when it must not matter how either was typed.
    """
    if text.isascii():
        return text
    return "".join(map(_plain_sign, _GROUPED.sub(",", text)))


@lru_cache(maxsize=4096)
def _plain_sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    digit = unicodedata.decimal(sign, None)
    if digit is not None:
        return str(digit)
    if "₀" <= sign <= "₉":
        return str(unicodedata.digit(sign))
    if "\uff01" <= sign <= "\uff5e" or "\uffe0" <= sign <= "\uffe6":  # full-width forms
        return unicodedata.normalize("NFKC", sign)
    return {"Cf": "", "Zs": " "}.get(unicodedata.category(sign), sign)


def stems(words: Iterable[str]) -> frozenset[str]:
    """The words without the commonest endings: "signed", "signs" and "signing" are one."""
    return frozenset(_ENDING.sub("", word) for word in words)


def blanked(text: str, spans: Iterable[Span]) -> str:
    """The text with NULs in place of spans, given in order, so that nothing is found there again."""
    kept, end = [], 0
    for span in spans:
        kept += [text[end : span.start], "\0" * len(span)]
        end = span.end
    return "".join([*kept, text[end:]])


def is_list_item(text: str) -> bool:
    """Whether a sentence begins with a list mark."""
    return _LIST_MARK.match(text) is not None


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared part of the smaller set, 0–1; 0 if either is empty."""
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
