"""Asking over HTTP: what a request asks, with what was said before it, and where its answer is kept."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from itertools import chain
from weakref import WeakValueDictionary

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import Scope

from api.access import key_name
from api.conversation_places import Place
from api.conversations import Conversations
from api.kept_answers import KeptAnswers
from api.limits import place_lent
from api.requests import ChatObject
from api.schemas import AnswerObject
from api.views import question_of
from api.withdrawing import documents_in, stand_alone
from ingest.copies import Dropped
from ingest.store import Store
from qa.assistant import Assistant
from qa.events import Event
from qa.questions import Question, Turn

LOOK_SECONDS = 0.1  # between two looks whether another server still has a conversation


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and what is to be done with its answer before anybody is told."""

    question: Question
    keep: Callable[[AnswerObject], None]


Events = Iterator[Event]
AskedOf = Callable[[ChatObject, Request], AsyncIterator[Asked]]


class Turns:
    """Whose turn it is: one question of a conversation at a time, in order of arrival.

    Whoever waits does so in the event loop and holds neither a thread nor a place among those that are worked
    on, so that those who wait keep nobody from going on. Servers that share a place of conversations take
    turns, too, in no particular order.

    Args:
        place: of the conversations.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        # A lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, conversation_id: str, scope: Scope) -> AsyncIterator[None]:
        """Waits for the turn and holds it.

        Raises:
            HTTPException: if enough requests are waiting for something.
            IngestError: if servers take turns by a database that does not answer.
        """
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        async with lock if not lock.locked() else _waited_for(lock, scope):
            try:
                await self._taken(conversation_id, scope)
                yield
            finally:
                with anyio.CancelScope(shield=True):  # whoever asked may be gone
                    await run_in_threadpool(self._place.end_turn, conversation_id)

    async def _taken(self, conversation_id: str, scope: Scope) -> None:
        """Waits until no other server has the conversation."""
        if await run_in_threadpool(self._place.take_turn, conversation_id):
            return
        async with place_lent(scope):
            while not await run_in_threadpool(self._place.take_turn, conversation_id):
                await anyio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _waited_for(lock: asyncio.Lock, scope: Scope) -> AsyncIterator[None]:
    async with AsyncExitStack() as held:
        async with place_lent(scope):
            await held.enter_async_context(lock)
        yield


@contextmanager
def begun(assistant: Assistant, question: Question) -> Iterator[Events]:
    """The events of answering, the first of them had already; left early, the rest is not worked out.

    What fails up to the first event can so be told by a status; with it, 200 is said.
    """
    with closing(assistant.stream(question)) as events:
        yield chain([next(events)], events)


def asked_over(conversations: Conversations, store: Store) -> AskedOf:
    """A dependency of routes: the question of a request, in its conversation if it names one.

    Raises:
        ConversationFull: if the conversation takes no further turn.
        ConversationNotFound: if whoever asks has none of that id.
        ConversationsUnreadable: if the file is not one of ours.
    """
    turns = Turns(conversations.place)

    async def asked(body: ChatObject, request: Request) -> AsyncIterator[Asked]:
        chosen = body.conversation_id
        question = question_of(body)
        if chosen is None:
            yield Asked(question, _forget)
            return
        own = conversations.of(key_name(request.scope))
        async with turns.turn(chosen, request.scope):
            said = await run_in_threadpool(own.said, chosen)
            history = tuple(turn for pair in said for turn in _turns(*pair))

            def keep(answer: AnswerObject) -> None:
                if own.said(chosen) != said:  # an answer before it was withdrawn meanwhile
                    answer = stand_alone(answer)
                own.append(chosen, answer.question, answer.to_json())
                # Only now: whoever removes a document looks through what is kept then.
                if gone := _gone(store, documents_in(answer)):
                    KeptAnswers(own.place).forget(Dropped(removed=gone))

            yield Asked(Question(question.text, history, question.filters), keep)

    return asked


def _gone(store: Store, documents: Iterable[str]) -> frozenset[str]:
    """Those of them that were removed while the question was answered."""
    with store.reading() as live:
        return frozenset(each for each in documents if live.content_key(each) is None)


def _turns(question: str, answer: str) -> tuple[Turn, Turn]:
    return Turn("user", question), Turn("assistant", answer)


def _forget(_: AnswerObject) -> None:
    """Nobody asked to keep it."""
