"""Pairs made from articles: a claim by rule, the sentences it cites, and the same gone wrong.

| kind | supported | what it is |
|---|---|---|
| claim | yes | a sentence shortened, reworded, joined with the next, or a question answered |
| twin | yes | a claim with a slip, cited to a text with the same slip: no claim is wrong by its looks |
| of `slips.KINDS` | no | the claim with one error |
| betrayed | no | the claim, cited to a text that has the error |
| padded | no | a whole sentence, cited to one that lacks a clause of it; or with another opening |
| half | no | two sentences joined, of which one is cited |
| elsewhere | no | the claim, cited to sentences near by |
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.sentences import split_sentences
from qa.wording import content_words
from training.cutting import one_line
from training.sources import Article, Question
from training.support.claims import LEADING, joined, lowered, reworded, shortened, statement, variant
from training.support.pairs import Pair
from training.support.premises import coverage
from training.support.slips import CERTAIN, difference, slip
from training.swaps import Lexicon, read_lexicon

SHORTEST, LONGEST = 6, 45  # words of a sentence worth a claim
MOST = 25  # sentences of one article in a round, on average: papers are long
JOINED = 0.2  # of claims from sentences with a next one
SLIPPED = 0.85  # of claims, where a rule applies
TWINNED = 0.3  # of slips
PADDED = 0.5  # of claims, where a clause can be dropped
ELSEWHERE = 0.3  # of claims
BEHIND_QUESTION = 0.15  # of answers that no rule makes a statement of
KNOWN = 0.6  # share of a claim's words in other sentences: these may carry it after all
ADDED = 2  # content words that make a claim say more
TITLED = 0.2  # of premises begin with the article's title


@dataclass(frozen=True, slots=True)
class _Text:
    """An article's sentences on one line each, and what it offers for swapping."""

    article: Article
    sentences: tuple[str, ...]
    usable: frozenset[int]
    lexicon: Lexicon


@dataclass(frozen=True, slots=True)
class _Made:
    """A claim and the numbers of the sentences it was made from."""

    claim: str
    golds: tuple[int, ...]


def synthetic_pairs(article: Article, share: float, rng: random.Random) -> Iterator[Pair]:
    """Pairs from a share (0–1) of the article's sentences and questions, drawn anew at every call."""
    text = _read(article)
    share = min(share, MOST / max(1, len(text.usable)))
    made = [_from_sentence(text, n, rng) for n in sorted(text.usable) if rng.random() < share]
    made += [
        one
        for question in article.questions
        if rng.random() < share
        if (one := _answered(text, question, rng))
    ]
    for number, one in enumerate(made):
        for pair in _pairs(text, one, rng):
            yield replace(pair, id=f"{article.group}/{number}/{pair.kind}")


def _read(article: Article) -> _Text:
    split = split_sentences(article.document)
    lines = tuple(one_line(one.text) for one in split)
    usable = frozenset(n for n, one in enumerate(split) if not one.is_heading and _is_usable(lines[n]))
    return _Text(article, lines, usable, read_lexicon(article.document.text))


def _is_usable(line: str) -> bool:
    return (
        SHORTEST <= len(line.split()) <= LONGEST
        and re.match(r"[A-Z0-9\"“'].*[.!\"”)]$", line) is not None
        and line.count('"') % 2 == 0
    )


def _from_sentence(text: _Text, number: int, rng: random.Random) -> _Made:
    claim = variant(text.sentences[number], rng)
    if number + 1 in text.usable and rng.random() < JOINED:
        return _Made(joined(claim, variant(text.sentences[number + 1], rng), rng), (number, number + 1))
    return _Made(claim, (number,))


def _answered(text: _Text, question: Question, rng: random.Random) -> _Made | None:
    answer = one_line(question.spans[0].cut(text.article.document.text))
    golds = [n for n in text.usable if answer in text.sentences[n]]
    located = [n for n in golds if coverage(question.text, text.sentences[n]) >= KNOWN]
    claim = statement(question.text, answer)
    if not claim and rng.random() < BEHIND_QUESTION:
        claim = f"{question.text} {answer}."
    if not claim or not located:
        return None
    best = max(located, key=lambda n: (coverage(question.text, text.sentences[n]), -n))
    return _Made(claim, (best,))


def _pairs(text: _Text, made: _Made, rng: random.Random) -> Iterator[Pair]:
    premise = _around(text, made.golds, rng)
    pair = Pair("", "claim", text.article.source, text.article.group, made.claim, premise, 1.0)
    yield pair
    if rng.random() < SLIPPED:
        yield from _slipped(pair, text.lexicon, rng)
    if rng.random() < PADDED:
        yield from _padded(text, pair, made, rng)
    if len(made.golds) > 1:
        kept = rng.choice(made.golds)
        half = _around(text, (kept,), rng, barred=made.golds)
        if coverage(made.claim, half) < 0.85:
            yield _wrong(pair, "half", premise=half, contradicted=False)
    if rng.random() < ELSEWHERE and (other := _elsewhere(text, made, rng)):
        yield _wrong(pair, "elsewhere", premise=other, contradicted=False)


def _slipped(pair: Pair, lexicon: Lexicon, rng: random.Random) -> Iterator[Pair]:
    """The claim with an error; now and then also with a premise that has the same error."""
    if not (found := slip(pair.claim, pair.premise, lexicon, rng)):
        return
    kind, claim = found
    contradicted = True if kind in CERTAIN else None
    yield _wrong(pair, kind, claim=claim, contradicted=contradicted)
    old, new = difference(pair.claim, claim)
    if kind in ("swapped", "number", "unit") and rng.random() < TWINNED and old and new:
        altered = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _: new, pair.premise)
        if altered != pair.premise:
            yield replace(pair, kind="twin", claim=claim, premise=altered)
            yield _wrong(pair, "betrayed", premise=altered, contradicted=contradicted)


def _padded(text: _Text, pair: Pair, made: _Made, rng: random.Random) -> Iterator[Pair]:
    """A claim that says more than what it is cited to."""
    whole = text.sentences[made.golds[0]]
    openings = [found.group() for other in text.sentences if (found := LEADING.match(other))]
    if cut := shortened(whole):
        claim, premise = reworded(whole, rng), pair.premise.replace(whole, rng.choice(cut))
    elif openings:
        claim, premise = rng.choice(openings) + lowered(pair.claim), pair.premise
    else:
        return
    if len(content_words(claim) - content_words(premise)) >= ADDED:
        yield _wrong(pair, "padded", claim=claim, premise=premise, contradicted=False)


def _wrong(pair: Pair, kind: str, *, contradicted: bool | None, claim: str = "", premise: str = "") -> Pair:
    return replace(
        pair,
        kind=kind,
        claim=claim or pair.claim,
        premise=premise or pair.premise,
        support=0.0,
        contradicted=contradicted,
    )


def _around(text: _Text, golds: Sequence[int], rng: random.Random, barred: Sequence[int] = ()) -> str:
    """The gold sentences with none to three others of the article, mostly neighbours, in their order."""
    others = [n for n in range(golds[0] - 2, golds[-1] + 3) if 0 <= n < len(text.sentences)]
    if rng.random() < 0.25:
        others = list(range(len(text.sentences)))
    others = [n for n in others if n not in golds and n not in barred]
    added = rng.sample(others, min(len(others), rng.choice((0, 0, 1, 1, 2, 3))))
    lines = [text.sentences[n] for n in sorted((*golds, *added))]
    if text.article.document.title != "-" and rng.random() < TITLED:
        lines = [f"{text.article.document.title}.", *lines]
    return " ".join(lines)


def _elsewhere(text: _Text, made: _Made, rng: random.Random) -> str | None:
    """One to three sentences that are not those the claim was made from: near by, or the likeliest of all."""
    others = [n for n in range(len(text.sentences)) if n not in made.golds]
    ranked = sorted(others, key=lambda n: abs(n - made.golds[0]))[:8]
    if rng.random() < 0.5:
        pool = rng.sample(others, min(len(others), 60))
        ranked = sorted(pool, key=lambda n: -coverage(made.claim, text.sentences[n]))[:4]
    chosen = rng.sample(ranked, min(len(ranked), rng.choice((1, 1, 2, 3))))
    premise = " ".join(text.sentences[n] for n in sorted(chosen))
    return premise if chosen and coverage(made.claim, premise) < KNOWN else None
