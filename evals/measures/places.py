"""Places: what a citation points at, and when it matches a gold sentence."""

from collections.abc import Sequence

from ingest.documents import Span

Place = tuple[str, Span]  # document id and span


def covers(cited: Place, gold: Place) -> bool:
    """Whether a cited span matches a gold sentence: it covers at least half of its characters."""
    if cited[0] != gold[0]:
        return False
    shared = min(cited[1].end, gold[1].end) - max(cited[1].start, gold[1].start)
    return 2 * shared >= len(gold[1])


def sentence_ranking(retrieved: Sequence[Place], gold: Sequence[Place]) -> list[Place]:
    """The retrieved spans as ids that the ranking measures can hold against `gold`.

    A retrieved span becomes the gold sentences it is the first to cover, or stays itself where
    there are none. One that covers several so takes several ranks: what comes after a passage
    may rank lower than it was shown, and nothing that was retrieved is lost. Retrieved sentences
    keep their ranks. For alternative gold sets, measure against each and keep the best.
    """
    ranking: list[Place] = []
    missing = dict.fromkeys(gold)
    for place in retrieved:
        found = [sentence for sentence in missing if covers(place, sentence)]
        for sentence in found:
            del missing[sentence]
        ranking.extend(found or [place])
    return ranking
