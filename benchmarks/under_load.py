"""What the server answers under load, against what its pipeline reaches alone in one process.

    python benchmarks/under_load.py INDEX QUESTIONS [--seconds S] [--users N …] [--no-ingest]

INDEX was built before and is copied. Settings come from the environment, as in
`PINCITE_SERVE_MAX_RUNNING=2 python benchmarks/under_load.py …`.

Sustained: every user asks again as soon as an answer is there, in turns with the pipeline alone, so that a
slow spell of the machine strikes both; the ratio is that of neighbours. Latencies: questions fall due at a
constant rate, a share of what the pipeline reaches, in turn to the users; one who still waits asks late, and
the time counts from when the question was due. Last come more users than there is room for, and everything
again at half that rate while uploads are ingested. Everything sent must be answered, by 200 or by 429 with
Retry-After, and the server must have counted the same; exit code 1 if not. With 15 seconds it takes some six
minutes.
"""

import argparse
import asyncio
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, takewhile
from multiprocessing import get_context
from pathlib import Path

import httpx
import numpy as np
from load_server import Served, strange_files

from evals.questions import read_questions
from ingest.embedding.sessions import usable_cores
from qa.assembly import open_assistant
from qa.assistant import Assistant
from qa.questions import Question
from qa.settings import AssistantSettings

SEED = 7
WARM_UP = 5
ROUNDS = 3  # pairs of server and pipeline
SHARE = 0.7  # of the pipeline's rate, at which questions fall due
TOO_MANY = 64  # users; by default 40 find room
PATIENCE = 120  # seconds after which a question counts as lost
LOST = 0  # in place of a status
SHED = 429


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a question; `seconds` count from when it was due."""

    status: int
    seconds: float
    comes_back: bool

    @property
    def is_fair(self) -> bool:
        """Whether it is an answer, or a refusal that says when to come back."""
        return self.status == 200 or (self.status == SHED and self.comes_back)


Due = Callable[[int], Iterator[float]]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    parser.add_argument("--users", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--no-ingest", action="store_true", help="nothing is uploaded meanwhile")
    options = parser.parse_args()
    texts = [question.question for question in read_questions(options.questions)]
    random.Random(SEED).shuffle(texts)
    with tempfile.TemporaryDirectory() as folder:
        apart, served = Path(folder) / "apart", Path(folder) / "served"
        shutil.copytree(options.index, apart)
        shutil.copytree(options.index, served)
        with Alone(apart, texts) as alone, Served(served) as server:
            load = Load(server, alone, texts, options.seconds)
            load.measure(options.users)
            load.flood_over()
            if not options.no_ingest:
                load.measure_beside(strange_files(apart), options.users)
            sys.exit(load.reckon())


class Alone:
    """The pipeline in a process of its own, without a server."""

    def __init__(self, index: Path, texts: list[str]) -> None:
        context = get_context("spawn")
        self._process = ProcessPoolExecutor(1, context, initializer=_open, initargs=(index, texts))
        self.threads = 1

    def __enter__(self) -> "Alone":
        self.rate(1, WARM_UP)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.shutdown()

    def rate(self, threads: int, seconds: float) -> float:
        """Questions a second."""
        return self._process.submit(_rate, threads, seconds).result()

    def choose_threads(self, seconds: float) -> float:
        """Finds out how many threads it gains from; returns the rate with so many."""
        cores = usable_cores()
        tried = sorted({1, cores, cores + 1, 2 * cores})
        rates = {threads: self.rate(threads, seconds) for threads in tried}
        self.threads = max(rates, key=rates.__getitem__)
        found = ", ".join(f"{threads}: {rate:.2f}" for threads, rate in rates.items())
        print(f"pipeline alone, questions a second by threads: {found}")
        return rates[self.threads]


_opened: tuple[Assistant, Iterator[str]]  # of the process that measures the pipeline


def _open(index: Path, texts: list[str]) -> None:
    global _opened
    _opened = open_assistant(AssistantSettings(index=index)), cycle(texts)


def _rate(threads: int, seconds: float) -> float:
    assistant, texts = _opened
    started = time.perf_counter()

    def ask(_: int) -> int:
        asked = 0
        while time.perf_counter() < started + seconds:
            assistant.ask(Question(next(texts)))
            asked += 1
        return asked

    with ThreadPoolExecutor(threads) as pool:
        asked = sum(pool.map(ask, range(threads)))
    return asked / (time.perf_counter() - started)


class Load:
    """Users of a server, what they were told, and how that compares."""

    def __init__(self, server: Served, alone: Alone, texts: list[str], seconds: float) -> None:
        self._server, self._alone, self._seconds = server, alone, seconds
        self._texts = cycle(texts)
        self._told: Counter[int] = Counter()
        self._unfair: Counter[int] = Counter()
        self._ask(1, _at_once(WARM_UP))
        self._say_memory("start")
        self._pace = SHARE * alone.choose_threads(seconds / 3)

    def measure(self, users: list[int]) -> None:
        """Sustained rate beside the pipeline's, then latencies, for each number of users."""
        for number in users:
            threads = min(number, self._alone.threads)
            pairs = [
                (self._sustained(number), self._alone.rate(threads, self._seconds / ROUNDS))
                for _ in range(ROUNDS)
            ]
            server, alone = (statistics.median(rates) for rates in zip(*pairs, strict=True))
            ratio = statistics.median(one / other for one, other in pairs)
            print(
                f"{number:3} users: {server:5.2f} questions a second, pipeline alone with {threads} threads"
                f" {alone:5.2f}: median of paired ratios {ratio:.3f} ({ROUNDS} pairs)"
            )
            self._latencies(number, self._pace)
            self._say_memory(f"{number} users")

    def measure_beside(self, files: Iterator[tuple[str, str]], users: list[int]) -> None:
        """The same while uploads are ingested, without the pipeline beside it."""
        for number in users:
            before, started = self._server.ingest(files), time.perf_counter()
            rate = self._sustained(number)
            print(f"{number:3} users beside an ingest: {rate:5.2f} questions a second")
            self._latencies(number, self._pace / 2)
            done, is_running = self._server.ingested()
            speed = (done - before) / (time.perf_counter() - started)
            state = "goes on" if is_running else "is over"
            print(f"          {speed:5.2f} passages a second; the ingest {state}")
        self._say_memory("ingests")

    def flood_over(self) -> None:
        """More users than there is room for, who ask twice as often as can be answered."""
        print(f"{TOO_MANY:3} users, more than there is room for:")
        self._latencies(TOO_MANY, 2 * self._pace / SHARE)

    def reckon(self) -> int:
        """Holds what the users were told against what the server counted; returns an exit code."""
        counted = self._server.answered()
        told = ", ".join(f"{count} × {status}" for status, count in sorted(self._told.items()))
        print(f"sent {self._told.total()}, told {told}; unfair: {dict(self._unfair) or 'none'}")
        print("the server counted the same" if counted == self._told else f"the server counted {counted}")
        return int(counted != self._told or bool(self._unfair))

    def _sustained(self, users: int) -> float:
        started = time.perf_counter()
        replies = self._ask(users, _until(started + self._seconds / ROUNDS))
        return sum(reply.status == 200 for reply in replies) / (time.perf_counter() - started)

    def _latencies(self, users: int, rate: float) -> None:
        replies = self._ask(users, _constant(users, rate, self._seconds * 1.5))
        answered = [reply.seconds for reply in replies if reply.status == 200]
        marks = " ".join(
            f"p{mark} {np.quantile(answered or [np.nan], mark / 100):.2f}" for mark in (50, 95, 99)
        )
        refused = len(replies) - len(answered)
        slowest = max((reply.seconds for reply in replies if reply.status != 200), default=0.0)
        print(
            f"          {rate:5.2f} due a second: {marks} s of {len(answered)} answers;"
            f" {refused} refused" + (f", each within {slowest:.2f} s" if refused else "")
        )

    def _ask(self, users: int, due: Due) -> list[Reply]:
        replies = asyncio.run(_ask_together(self._server.url, users, due, self._texts))
        self._told.update(reply.status for reply in replies)
        self._unfair.update(reply.status for reply in replies if not reply.is_fair)
        return replies

    def _say_memory(self, when: str) -> None:
        print(f"resident after {when}: {self._server.megabytes()} MB, {self._told[200]} answers", flush=True)


def _at_once(questions: int) -> Due:
    return lambda _: (time.perf_counter() for _ in range(questions))


def _until(end: float) -> Due:
    return lambda _: takewhile(lambda now: now < end, iter(time.perf_counter, None))


def _constant(users: int, rate: float, seconds: float) -> Due:
    """Times at a constant rate, every user's as many, those of one between those of the others."""
    started, questions = time.perf_counter(), max(users, int(rate * seconds))
    return lambda user: (started + number / rate for number in range(user, questions, users))


async def _ask_together(url: str, users: int, due: Due, texts: Iterator[str]) -> list[Reply]:
    limits = httpx.Limits(max_connections=users)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits) as client:
        asked = (_ask_in_turn(client, due(user), texts) for user in range(users))
        return [reply for replies in await asyncio.gather(*asked) for reply in replies]


async def _ask_in_turn(client: httpx.AsyncClient, due: Iterator[float], texts: Iterator[str]) -> list[Reply]:
    """One user: the next question when it is due, or late, if there was no answer until then."""
    replies = []
    for moment in due:
        await asyncio.sleep(max(0.0, moment - time.perf_counter()))
        status, comes_back = await _ask(client, next(texts))
        replies.append(Reply(status, time.perf_counter() - moment, comes_back))
    return replies


async def _ask(client: httpx.AsyncClient, text: str) -> tuple[int, bool]:
    try:
        response = await client.post("/v1/chat", json={"question": text})
    except httpx.TransportError:
        return LOST, False
    return response.status_code, "retry-after" in response.headers


if __name__ == "__main__":
    main()
