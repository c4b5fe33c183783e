"""Near-miss questions: one name, number or word of a question swapped so that the text no longer answers.

After the crowd workers' tricks listed by Rajpurkar, Jia, Liang: Know what you don't know: unanswerable
questions for SQuAD, ACL 2018 (entity swap, antonym), done by rule and within one article.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from qa.stopwords import STOP_WORDS
from qa.wording import content_words, overlap

_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w’'-]+(?: (?:of (?:the )?)?[A-Z][\w’'-]+)*")
_YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-2][0-9])\b")
_NUMBER = re.compile(r"\b(?!(?:1[0-9]{3}|20[0-2][0-9])\b)\d+(?:[.,]\d+)*\b")
_MONTH = re.compile(
    r"\b(?:January|February|March|April|June|July|August|September|October|November|December)\b"
)
_PATTERNS = {"year": _YEAR, "number": _NUMBER, "month": _MONTH}
_LINKS = frozenset(
    {"in", "at", "by", "from", "with", "to", "of", "for", "on", "and"}
    | {"against", "near", "under", "called", "named"}
)
_PAIRS = (
    "first last|largest smallest|biggest smallest|most least|before after|highest lowest|oldest youngest"
    "|northern southern|north south|eastern western|east west|male female|men women|more fewer|best worst"
    "|earliest latest|began ended|begin end|start end|above below|summer winter|father mother|son daughter"
    "|brother sister|husband wife|increase decrease|won lost|longest shortest|majority minority|left right"
    "|advantage disadvantage|positive negative|internal external|maximum minimum|old new|similar different"
)
OPPOSITES = {
    one: other for pair in _PAIRS.split("|") for one, other in (pair.split(), reversed(pair.split()))
}
TOO_ALIKE = 0.34  # share of a question's words in a sentence with the swapped-in name: it may well answer


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What an article offers for swapping.

    Attributes:
        plain: years, numbers and months by kind.
        linked: names by a small word they stand behind somewhere ("in" Paris, "by" Chopin): names
            that share one are mostly of one kind, places or persons.
    """

    plain: dict[str, list[str]]
    linked: dict[str, list[str]] = field(default_factory=dict)


def read_lexicon(text: str) -> Lexicon:
    """The names, numbers and dates of an article."""
    plain = {kind: sorted(set(pattern.findall(text))) for kind, pattern in _PATTERNS.items()}
    linked: dict[str, set[str]] = defaultdict(set)
    for match in _NAME.finditer(text):
        words = text[max(0, match.start() - 20) : match.start()].split()
        if words and words[-1] in _LINKS:
            linked[words[-1]].add(match.group())
    return Lexicon(plain, {link: sorted(names) for link, names in linked.items()})


def swap(
    question: str, sentences: Sequence[str], golds: Sequence[int], lexicon: Lexicon, rng: random.Random
) -> str | None:
    """The question with one part swapped, or None where that cannot be done safely.

    What goes must stand in a gold sentence (the gold sentence of a swapped question is then wrong); what
    comes must not stand there, nor in a sentence that looks much like the question.
    """
    gold = " ".join(sentences[number] for number in golds)
    parts = [(old, offered) for old, offered in _parts(question, lexicon) if _stands_in(old, gold)]
    rng.shuffle(parts)
    for old, offered in parts:
        fit = [new for new in offered if _is_safe(question, old, new, sentences, gold)]
        if fit:
            return _replaced(question, old, rng.choice(fit))
    return None


def _parts(question: str, lexicon: Lexicon) -> Iterator[tuple[str, list[str]]]:
    """Parts of the question that may go, each with what may come."""
    for kind, pattern in _PATTERNS.items():
        for old in pattern.findall(question):
            yield old, lexicon.plain[kind]
    for names in lexicon.linked.values():
        for old in names:
            if _stands_in(old, question):
                yield old, names
    for word in question.casefold().split():
        if word in OPPOSITES:
            yield word, [OPPOSITES[word]]


def _is_safe(question: str, old: str, new: str, sentences: Sequence[str], gold: str) -> bool:
    if _related(old, new) or _stands_in(new, gold) or _stands_in(new, question):
        return False
    asked = content_words(question) - content_words(old)
    return not any(
        _stands_in(new, sentence) and overlap(asked, content_words(sentence)) > TOO_ALIKE
        for sentence in sentences
    )


def _related(one: str, other: str) -> bool:
    """Whether both may name the same: Beyoncé and Beyoncé Knowles, Russia and Russian."""
    firsts, seconds = (
        [word for word in text.casefold().split() if word not in STOP_WORDS] for text in (one, other)
    )
    return any(a[:4] == b[:4] for a in firsts for b in seconds)


def _stands_in(part: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(part)}\b", text, re.IGNORECASE) is not None


def _replaced(question: str, old: str, new: str) -> str:
    return re.sub(rf"\b{re.escape(old)}\b", lambda _: new, question, count=1, flags=re.IGNORECASE)
