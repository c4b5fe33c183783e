"""Topic: whether the documents are about what was asked at all."""

from collections.abc import Iterable, Sequence

from qa.answers import ScoredPassage
from qa.wording import content_words

# Chosen on our development questions: of those nothing in the documents is about, none reaches both; of the
# other unanswerable ones all reach one.
NEAR = 0.28  # cosine similarity of a passage
SHARED = 0.4  # of the question's content words, in one sentence


def is_on_topic(question: str, retrieved: Iterable[ScoredPassage], sentences: Sequence[str]) -> bool:
    """Whether a passage is near in meaning, or a sentence holds a good part of the question's words."""
    if any(scored.dense and scored.dense.score >= NEAR for scored in retrieved):
        return True
    asked = content_words(question)
    return any(len(asked & content_words(text)) >= SHARED * len(asked) for text in sentences if asked)
