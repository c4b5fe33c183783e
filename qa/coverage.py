"""Coverage: what stands in for an entailment model until there is one."""

from qa.wording import content_words


class CoverageEntailer:
    """Takes the share of the claim's content words that the premise holds for a probability."""

    fingerprint = "coverage-1"

    def prepare(self) -> None:
        """Nothing to load."""

    def probability(self, claim: str, premise: str) -> float:
        """See `qa.support.Entailer.probability`."""
        words = content_words(claim)
        return len(words & content_words(premise)) / len(words) if words else 0.0
