"""Writing: a draft is grounded as it comes; where nothing of it stands, the best sentences are said."""

from collections.abc import Generator as Steps
from collections.abc import Iterator
from dataclasses import dataclass

from qa.answers import Claim, Withheld
from qa.assessments import SupportPolicy
from qa.drafts import NO_DRAFTING, Drafting, Evidence, Statement, Statements
from qa.events import ClaimStated, ClaimWithheld, Event
from qa.generation import Generator
from qa.grounding import ground
from qa.support import Verifier

VERBATIM = "the best sentences of the documents are shown word for word"


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the evidence.

    Attributes:
        outcomes: claims and withheld statements, in the order they were proposed.
        drafting: how the draft came about.
        notice: what the one who asked has to know of it; "" if nothing.
    """

    outcomes: tuple[Claim | Withheld, ...] = ()
    drafting: Drafting = NO_DRAFTING
    notice: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What stands."""
        return tuple(outcome for outcome in self.outcomes if isinstance(outcome, Claim))


class _Watched:
    """Statements as they come, and how they came about once they are through."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self.drafting = NO_DRAFTING

    def __iter__(self) -> Iterator[Statement]:
        self.drafting = yield from self._statements


@dataclass(frozen=True, slots=True)
class Writer:
    """Has a generator draft, grounds what it proposes, and falls back on the sentences themselves.

    Attributes:
        generator: proposes.
        verbatim: proposes the sentences themselves, where nothing the generator proposed stands.
        verifier: judges support.
        policy: what becomes of statements that are carried in part or not at all.
    """

    generator: Generator
    verbatim: Generator
    verifier: Verifier
    policy: SupportPolicy = SupportPolicy.WITHHOLD

    def write(self, query: str, evidence: Evidence) -> Steps[Event, None, Written]:
        """Events as claims stand or fall, and in the end all of it."""
        written = yield from self._grounded(self.generator, query, evidence)
        notice = _notice(written)
        if written.claims or not notice:
            return Written(written.outcomes, written.drafting, notice)
        verbatim = yield from self._grounded(self.verbatim, query, evidence)
        told = f"{notice}: {VERBATIM}" if verbatim.claims else notice
        return Written((*written.outcomes, *verbatim.outcomes), written.drafting, told)

    def _grounded(self, generator: Generator, query: str, evidence: Evidence) -> Steps[Event, None, Written]:
        watched = _Watched(generator.draft(query, evidence))
        outcomes = []
        for outcome in ground(watched, evidence, self.verifier, self.policy):
            outcomes.append(outcome)
            yield ClaimStated(outcome) if isinstance(outcome, Claim) else ClaimWithheld(outcome)
        return Written(tuple(outcomes), watched.drafting)


def _notice(written: Written) -> str:
    """What went wrong with a draft, in words for the one who asked."""
    failure = written.drafting.failure
    if failure and written.claims:
        return f"{failure}; what it had said before is kept"
    if failure:
        return failure
    if written.outcomes and not written.claims:
        return "nothing that the chat model proposed stands on the sentences it points at"
    return ""
