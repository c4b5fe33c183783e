"""The story of answering: retrieve, read, write, conclude."""

import time
from collections.abc import Callable, Sequence
from collections.abc import Generator as Steps
from dataclasses import dataclass, field

from ingest.store import Store
from qa.abstention import reason_of
from qa.answers import (
    Abstention,
    Answer,
    Outcome,
    ScoredPassage,
    ShownScore,
    StepTime,
    Trace,
    Withheld,
    cite,
)
from qa.confidence import confidence_of
from qa.conversation import Rewriter, Standalone, check_question
from qa.disagreement import find_disagreements
from qa.drafts import NO_DRAFTING, Evidence
from qa.events import Concluded, Event, Retrieved
from qa.evidence import (
    Candidate,
    Stretch,
    by_reading,
    in_turn,
    merge,
    read,
    reconsider,
    show,
    stretches,
)
from qa.parts import parts_of
from qa.questions import Question
from qa.reading import Reader
from qa.retrieval import Retriever
from qa.second_reading import SecondReader
from qa.settings import QaSettings
from qa.writing import Writer, Written

NEAREST = 3  # sentences an abstention shows


Watch = Callable[[Outcome], None]


def unwatched(outcome: Outcome) -> None:
    """Watches nothing."""


@dataclass(slots=True)
class _Clock:
    """Notes how long each step took."""

    _last: float = field(default_factory=time.perf_counter)
    steps: list[StepTime] = field(default_factory=list)

    def note(self, step: str) -> None:
        now = time.perf_counter()
        self.steps.append(StepTime(step, round(now - self._last, 4)))
        self._last = now


@dataclass(frozen=True, slots=True)
class Assistant:
    """Answers questions from one index. Made by `qa.assembly.open_assistant` alone."""

    store: Store
    retriever: Retriever
    reader: Reader
    second_reader: SecondReader
    rewriter: Rewriter
    writer: Writer
    settings: QaSettings
    index_fingerprint: str
    watch: Watch = unwatched

    @property
    def reading_fingerprint(self) -> str:
        """Names both readers."""
        return f"{self.reader.fingerprint} + {self.second_reader.fingerprint}"

    def ask(self, question: Question) -> Outcome:
        """The outcome of `stream`.

        Raises:
            BadQuestion: if the question cannot be asked.
            IngestError: if the index cannot be read.
        """
        outcome = None
        for event in self.stream(question):
            if isinstance(event, Concluded):
                outcome = event.outcome
        if outcome is None:
            raise AssertionError("a stream ends with its conclusion")
        return outcome

    def stream(self, question: Question) -> Steps[Event, None, None]:
        """What happens on the way to the outcome; `Concluded` is always the last event.

        Whoever no longer wants the outcome closes it: nothing further is done then.

        Raises:
            As `ask`.
        """
        check_question(question)
        clock = _Clock()
        standalone = self.rewriter.standalone(question)
        clock.note("rewrite")
        query = standalone.query
        retrieved, evidence = self._find(query, question, clock)
        yield Retrieved(query, retrieved)
        written = (yield from self.writer.write(query, evidence)) if self._is_answered(evidence) else None
        clock.note("write")
        trace = self._trace(standalone, retrieved, evidence, written, clock)
        concluded = _conclude(question.text, evidence, written, trace, self._unanswered(query, evidence))
        self.watch(concluded)
        yield Concluded(concluded)

    def _find(
        self, query: str, question: Question, clock: _Clock
    ) -> tuple[tuple[ScoredPassage, ...], Evidence]:
        """Passages and evidence for every part of the question, from one snapshot of the index."""
        parts = parts_of(query)
        with self.store.reading() as live:
            retrieved = [
                self.retriever.retrieve(live, part, question.filters, self.settings.passages)
                for part in parts
            ]
            clock.note("retrieve")
            found = [stretches(live, passages[: self.settings.read_passages]) for passages in retrieved]
        ranked = [self._rank(part, passages) for part, passages in zip(parts, found, strict=True)]
        clock.note("read")
        ordered = [by_reading(*both) for both in zip(retrieved, ranked, strict=True)]
        evidence = show(merge(ranked), self.settings.evidence_sentences)
        return in_turn(ordered, self.settings.passages), evidence

    def _rank(self, part: str, found: Sequence[Stretch]) -> list[Candidate]:
        """The sentences of the passages, as both readers see them."""
        return reconsider(part, read(part, found, self.reader), self.second_reader)

    def _is_answered(self, evidence: Evidence) -> bool:
        return _confidence(evidence) >= self.settings.min_confidence

    def _unanswered(self, query: str, evidence: Evidence) -> tuple[str, ...]:
        """The parts of the question that no sentence shown is likely to answer."""
        return tuple(
            part
            for number, part in enumerate(parts_of(query))
            if not self._is_answered(evidence.part(number))
        )

    def _trace(
        self,
        standalone: Standalone,
        retrieved: tuple[ScoredPassage, ...],
        evidence: Evidence,
        written: Written | None,
        clock: _Clock,
    ) -> Trace:
        outcomes = written.outcomes if written else ()
        return Trace(
            query=standalone.query,
            rewriting=standalone.remark,
            retrieved=retrieved,
            shown=tuple(
                ShownScore(shown.handle, shown.document.id, shown.sentence.ordinal, round(shown.score, 4))
                for shown in evidence
            ),
            withheld=tuple(outcome for outcome in outcomes if isinstance(outcome, Withheld)),
            index=self.index_fingerprint,
            reader=self.reading_fingerprint,
            generator=self.writer.generator.fingerprint,
            verifier=self.writer.verifier.fingerprint,
            drafting=written.drafting if written else NO_DRAFTING,
            durations=tuple(clock.steps),
        )


def _conclude(
    question: str, evidence: Evidence, written: Written | None, trace: Trace, unanswered: tuple[str, ...]
) -> Outcome:
    confidence = round(_confidence(evidence), 4)
    notice = written.notice if written else ""
    if written and (claims := written.claims):
        found = find_disagreements(claims)
        return Answer(question, claims, confidence, trace, found, unanswered, notice)
    nearest = tuple(cite(shown.document, shown.sentence) for shown in evidence.shown[:NEAREST])
    return Abstention(question, reason_of(evidence, written, trace), nearest, confidence, trace, notice)


def _confidence(evidence: Evidence) -> float:
    """How likely the best sentence answers; 0 where there is none."""
    return confidence_of(evidence.shown[0].score) if evidence else 0.0
