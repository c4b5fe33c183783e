"""Generating with a chat model: asked for statements that point at handles, and held to it."""

import random
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field

from qa.chat_model import ChatModel, Count
from qa.draft_cache import DraftCache, KeptDraft, key_of
from qa.drafts import Drafting, Evidence, Statement, Statements
from qa.errors import EvidenceTooLong, GeneratorBusy, GeneratorFailed, SchemaRefused
from qa.prompts import EDITION, Message, draft_messages, draft_schema, repair_message
from qa.replies import ReplyReader
from qa.settings import GenerationSettings

MOST_STATEMENTS = 50  # what a model writes beyond is not read
FIRST_WAIT = 0.5  # seconds before the second try; doubles from try to try
FEWEST_SHOWN = 2  # sentences below which evidence is not cut any further

Sleep = Callable[[float], None]


class ChatGenerator:
    """Drafts with a chat model.

    Statements are given as they arrive. If some point at nothing that was shown, or cannot be read, the
    model gets one further turn to put them right. Failures that may pass are tried again until the deadline;
    evidence that is too long for the model is halved, the weaker half left out.

    Args:
        chat: the model.
        settings: deadlines, retries, prices.
        most: statements a draft is asked to hold at most.
        cache: drafts of earlier times.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        chat: ChatModel,
        settings: GenerationSettings,
        most: int,
        cache: DraftCache,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.fingerprint = f"{chat.name}/{EDITION}"
        self._chat = chat
        self._settings = settings
        self._most = most
        self._cache = cache
        self._sleep = sleep

    def draft(self, question: str, evidence: Evidence) -> Statements:
        """See `qa.generation.Generator.draft`; never raises, what failed is told at the end."""
        key = key_of(self.fingerprint, draft_messages(question, evidence, self._most, in_json=False))
        if kept := self._cache.get(key):
            yield from kept.statements
            return Drafting(cached=True, input_tokens=kept.input_tokens, output_tokens=kept.output_tokens)
        course = _Course(time.monotonic() + self._settings.deadline_seconds)
        try:
            yield from self._with_less(question, evidence, course)
        except GeneratorFailed as error:
            return self._told(course, failure=str(error))
        said = self._told(course)
        documents = frozenset((shown.document.id, shown.document.version) for shown in evidence)
        draft = KeptDraft(tuple(course.proposed), said.input_tokens, said.output_tokens, documents)
        self._cache.put(key, draft)
        return said

    def _with_less(self, question: str, evidence: Evidence, course: "_Course") -> "_Steps":
        """Shows less as long as it is too much."""
        while True:
            try:
                yield from self._in_form(question, evidence, course)
                return
            except EvidenceTooLong:
                if course.proposed or len(evidence) < 2 * FEWEST_SHOWN:
                    raise
                evidence = Evidence(evidence.shown[: len(evidence) // 2])
                course.remarks.append(f"too long for the model: shown the best {len(evidence)} sentences")

    def _in_form(self, question: str, evidence: Evidence, course: "_Course") -> "_Steps":
        """Asks in JSON, and in plain lines where the provider takes no schema."""
        if self._chat.takes_schema:
            try:
                yield from self._in_turns(question, evidence, True, course)
                return
            except SchemaRefused:
                if self._settings.form == "schema":
                    raise
                course.remarks.append("no schema taken: asked for plain lines")
        yield from self._in_turns(question, evidence, False, course)
        self._chat.takes_schema = False  # only now is it sure that the schema was what was refused

    def _in_turns(self, question: str, evidence: Evidence, in_json: bool, course: "_Course") -> "_Steps":
        """Asks, and once more if what came does not keep to the form.

        Raises:
            GeneratorFailed: if nothing of it can be read even then; that is not declining to answer.
        """
        messages = draft_messages(question, evidence, self._most, in_json)
        reply = yield from self._asked(messages, evidence, in_json, course)
        wrong = [statement for statement in reply.statements if not _points(statement, evidence)]
        if wrong or reply.is_broken:
            course.remarks.append(f"asked again: {len(wrong)} without a sentence, {reply.broken} unreadable")
            again = [*messages, ("ai", reply.text or "-"), repair_message(wrong, evidence, in_json)]
            reply = yield from self._asked(again, evidence, in_json, course)
        if reply.is_broken and not course.proposed:
            raise GeneratorFailed("what the chat model wrote cannot be read")

    def _asked(
        self, messages: list[Message], evidence: Evidence, in_json: bool, course: "_Course"
    ) -> Generator[Statement, None, "_Reply"]:
        """One reply; tried again as long as nothing of it has arrived and the failure may pass."""
        schema = draft_schema(evidence, self._most) if in_json else None
        wait = FIRST_WAIT
        for tries_left in reversed(range(self._settings.retries + 1)):
            reply = _Reply()
            try:
                pieces = self._chat.stream(messages, schema, course.deadline, course.count)
                for statement in reply.read(pieces):
                    course.proposed.append(statement)
                    yield statement
                return reply
            except GeneratorBusy as error:
                pause = wait * random.uniform(0.5, 1) if error.wait is None else error.wait  # noqa: S311 - jitter
                if reply.statements or not tries_left or time.monotonic() + pause > course.deadline:
                    raise
                course.remarks.append(f"{error}: tried again")
                self._sleep(pause)
                wait *= 2
        raise AssertionError("the last try returns or raises")

    def _told(self, course: "_Course", failure: str = "") -> Drafting:
        sent, received = course.count.input, course.count.output
        return Drafting(
            requests=course.count.requests,
            input_tokens=sent,
            output_tokens=received,
            cost=_cost(self._settings, sent, received),
            remarks=tuple(course.remarks),
            failure=failure,
        )


_Steps = Generator[Statement, None, None]


@dataclass(slots=True)
class _Course:
    """One draft on its way."""

    deadline: float
    count: Count = field(default_factory=Count)
    proposed: list[Statement] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class _Reply:
    """One reply, read as it arrives."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []
        self._reader = ReplyReader()
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    @property
    def broken(self) -> int:
        return self._reader.broken

    @property
    def is_broken(self) -> bool:
        """Whether something could not be read, or nothing is said, not even that nothing answers."""
        return self.broken > 0 or not (self.statements or self._reader.declined)

    def read(self, pieces: Iterable[str]) -> _Steps:
        for piece in pieces:
            self._pieces.append(piece)
            yield from self._add(self._reader.feed(piece))
            if len(self.statements) >= MOST_STATEMENTS:
                return
        yield from self._add(self._reader.close())

    def _add(self, found: Iterable[Statement]) -> _Steps:
        for statement in found:
            self.statements.append(statement)
            yield statement


def _points(statement: Statement, evidence: Evidence) -> bool:
    """Whether a statement points at sentences that were shown; a line that only introduces need not."""
    shown = [evidence.get(handle) for handle in statement.handles]
    return all(shown) and (bool(shown) or statement.text.endswith(":"))


def _cost(settings: GenerationSettings, sent: int | None, received: int | None) -> float | None:
    prices = (settings.input_price, settings.output_price)
    if None in (sent, received, *prices):
        return None
    return round(((sent or 0) * (prices[0] or 0) + (received or 0) * (prices[1] or 0)) / 1e6, 6)
