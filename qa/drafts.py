"""The nouns between reading and grounding: evidence that was shown, and what a generator made of it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

from ingest.documents import Document, Sentence, Span
from qa.windows import SentenceReading


@dataclass(frozen=True, slots=True)
class Shown:
    """A sentence as evidence.

    Attributes:
        handle: "S1", "S2", …; valid for one question.
        sentence: the sentence.
        document: where it stands.
        reading: what the reader says about it; its score may be that of the sentence that introduces it.
        introduces: handles of the list items that follow it, where it ends in a colon.
        part: number of the part of the question it was read under, from 0 (`qa.parts`).
    """

    handle: str
    sentence: Sentence
    document: Document
    reading: SentenceReading
    introduces: tuple[str, ...] = ()
    part: int = 0

    @property
    def score(self) -> float:
        """The reader's log-odds; higher is better."""
        return self.reading.score


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentences shown to the generator, each once, best first."""

    shown: tuple[Shown, ...] = ()

    def __iter__(self) -> Iterator[Shown]:
        return iter(self.shown)

    def __len__(self) -> int:
        return len(self.shown)

    def parts(self) -> tuple[tuple[int, "Evidence"], ...]:
        """The evidence by part of the question, the part with the best sentence first."""
        numbers = dict.fromkeys(shown.part for shown in self.shown)
        return tuple((number, self.part(number)) for number in numbers)

    def part(self, number: int) -> "Evidence":
        """The evidence for one part of the question."""
        return Evidence(tuple(shown for shown in self.shown if shown.part == number))

    def get(self, handle: str) -> Shown | None:
        """The sentence behind a handle; None if none was shown under it."""
        return next((shown for shown in self.shown if shown.handle == handle), None)


@dataclass(frozen=True, slots=True)
class Statement:
    """What a generator proposes, the handles it points at, and where in the text the short answer is."""

    text: str
    handles: tuple[str, ...]
    highlight: Span | None = None


@dataclass(frozen=True, slots=True)
class Drafting:
    """How a draft came about, where a chat model was asked.

    Attributes:
        requests: how often it was asked.
        input_tokens, output_tokens: as its provider counted them; None if it did not.
        cost: in the currency of the prices that are set; None without prices or counts.
        cached: whether the draft is one that was kept from an earlier time.
        remarks: what did not go straight: retries, evidence left out, a further turn for the form.
        failure: why the model did not finish; "" if it did.
    """

    requests: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    cached: bool = False
    remarks: tuple[str, ...] = ()
    failure: str = ""


NO_DRAFTING = Drafting()  # nobody was asked

# Statements as they are proposed; in the end, how they came about.
Statements = Generator[Statement, None, Drafting]
