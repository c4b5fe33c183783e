"""Cutting long references to the few sentences a product would cite."""

from functools import lru_cache

from ingest.documents import Document
from ingest.sentences import split_sentences
from qa.wording import content_words
from training.cutting import one_line
from training.tokens import count_tokens


@lru_cache(maxsize=20_000)
def sentences_of(text: str) -> tuple[tuple[str, int], ...]:
    """The sentences of a text and how many tokens each has."""
    split = [one_line(one.text) for one in split_sentences(Document("-", "-", text))]
    return tuple(zip(split, count_tokens(split), strict=True))


def condense(claim: str, premise: str, budget: int) -> str:
    """The sentences that share most with the claim, in their order, at most `budget` tokens of them."""
    sentences = sentences_of(premise)
    words = content_words(claim)
    shared = [len(words & content_words(text)) for text, _ in sentences]
    kept, room = set(), budget
    for number in sorted(range(len(sentences)), key=lambda n: (-shared[n], n)):
        if sentences[number][1] <= room:
            kept.add(number)
            room -= sentences[number][1]
    return " ".join(sentences[number][0] for number in sorted(kept))


def coverage(claim: str, premise: str) -> float:
    """Share of the claim's content words that stand in the premise; 1 for a claim without any."""
    words = content_words(claim)
    return len(words & content_words(premise)) / len(words) if words else 1.0
