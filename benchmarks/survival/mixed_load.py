"""What the users of a soak do: each action is checked by what it should bring."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import httpx

PATIENCE = 120.0
TURNS = 4  # of a conversation, before it is deleted
KEPT = 5  # conversations at a time
NAMES = 8  # uploaded files; each upload replaces one of them


class Users:
    """Everything that is done to one server.

    Args:
        url: of the server.
        questions: what is asked.
        padding: texts that make uploads as large as files are.
        seed: of what is done when.

    Attributes:
        done: how often each action went as it should.
        wrong: what did not, by action and what was seen.
    """

    def __init__(self, url: str, questions: Sequence[str], padding: Iterator[str], seed: int) -> None:
        self._client = httpx.Client(base_url=url, timeout=PATIENCE)
        self._questions, self._padding = questions, padding
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._open: list[tuple[str, int]] = []
        self._registers: dict[str, set[int]] = {}  # numbers that each may be said to hold
        self._uploads = 0
        self.done: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()

    def act(self) -> None:
        """One thing that a user does, as often as users do it."""
        actions = {
            self.chat: 35,
            self.stream: 20,
            self.break_off: 10,
            self.search: 10,
            self.converse: 15,
            self.complete: 5,
            self.ask_register: 5,
        }
        with self._lock:
            (action,) = self._random.choices(list(actions), list(actions.values()))
        self.watched(action.__name__, action)

    def watched(self, name: str, action: Callable[[], None]) -> None:
        """Does it, and counts how it went."""
        try:
            action()
        except (httpx.HTTPError, AssertionError, LookupError, ValueError, StopIteration) as problem:
            with self._lock:
                self.wrong[f"{name}: {problem!r}"[:300]] += 1
        else:
            with self._lock:
                self.done[name] += 1

    def chat(self) -> None:
        """A question; all its citations are looked up at once."""
        answer = self._post("/v1/chat", {"question": self._question()}).json()
        if answer["claims"]:
            self._verify(answer)

    def stream(self) -> None:
        """A question whose answer is streamed to its end."""
        with self._client.stream("POST", "/v1/chat/stream", json={"question": self._question()}) as told:
            told.raise_for_status()
            events = [line for line in told.iter_lines() if line.startswith("event:")]
        assert events[-1] == "event: concluded", events[-1:]

    def break_off(self) -> None:
        """A stream that the user leaves after its first event."""
        with self._client.stream("POST", "/v1/chat/stream", json={"question": self._question()}) as told:
            told.raise_for_status()
            next(told.iter_lines())

    def search(self) -> None:
        """A search."""
        found = self._post("/v1/search", {"query": self._question(), "limit": 10}).json()
        assert found["passages"], "nothing found"

    def complete(self) -> None:
        """A question by OpenAI's protocol."""
        said = [{"role": "user", "content": self._question()}]
        told = self._post("/v1/chat/completions", {"model": "pincite", "messages": said}).json()
        assert told["choices"][0]["message"]["content"]

    def converse(self) -> None:
        """A turn of a conversation that the server keeps; it is read back and deleted after a few."""
        with self._lock:
            chosen, turns = self._open.pop(0) if len(self._open) >= KEPT else ("", 0)
        chosen = chosen or self._post("/v1/conversations").json()["id"]
        self._post("/v1/chat", {"question": self._question(), "conversation_id": chosen})
        if turns + 1 == TURNS:
            kept = self._client.get(f"/v1/conversations/{chosen}").raise_for_status().json()
            assert len(kept["turns"]) == TURNS, f"{len(kept['turns'])} turns kept"
            self._client.delete(f"/v1/conversations/{chosen}").raise_for_status()
            return
        with self._lock:
            self._open.append((chosen, turns + 1))

    def ask_register(self) -> None:
        """A question about an uploaded file: its latest text answers, or the one before."""
        with self._lock:
            name = self._random.choice(sorted(self._registers) or [""])
            right = set(self._registers.get(name, ()))
        if not name:
            return
        answer = self._post("/v1/chat", {"question": f"Which number does register {name} hold?"}).json()
        told = [claim["text"] for claim in answer["claims"] if f"Register {name} " in claim["text"]]
        with self._lock:
            right |= self._registers.get(name, set())
        for text in told:
            assert any(str(each) in text for each in right), f"{text} for {right}"
        with self._lock:
            self.done["register told" if told else "register not told"] += 1

    def upload(self) -> None:
        """A file in place of the earlier one of its name; waits until it is live."""
        self._uploads += 1
        name, number = f"R{self._uploads % NAMES}", 100_000 + self._uploads
        with self._lock:
            self._registers.setdefault(name, set()).add(number)
        text = f"Register {name} holds the number {number}.\n\n{next(self._padding)}"
        sent = {"files": (f"{name}.txt", text)}
        told = self._client.post("/v1/documents", files=sent).raise_for_status().json()
        self._follow(told["job"])
        with self._lock:
            self._registers[name] = {number}

    def delete(self) -> None:
        """Removes an uploaded file."""
        with self._lock:
            name = min(self._registers, default=None)
            if name is None:
                return
            del self._registers[name]
        self._client.delete(f"/v1/documents/{name}.txt").raise_for_status()

    def reindex(self) -> None:
        """Has all uploaded files read again."""
        self._follow(self._post("/v1/documents/reindex").json()["job"])

    def scrape(self) -> None:
        """What a monitoring system asks for."""
        for path in ("/metrics", "/healthz", "/readyz", "/v1/documents", "/v1/conversations"):
            self._client.get(path).raise_for_status()

    def _follow(self, job: str) -> None:
        last = ""
        with self._client.stream("GET", f"/v1/jobs/{job}/events") as told:
            for line in told.raise_for_status().iter_lines():
                last = line if line.startswith("event:") else last
        assert last == "event: done", last

    def _verify(self, answer: object) -> None:
        told = self._post("/v1/verify", answer).json()
        assert told["citations"], "nothing verified"
        verdicts = [each["verdict"] for each in told["citations"]]
        assert all(verdict == "exact" for verdict in verdicts), verdicts
        with self._lock:
            self.done["citations exact"] += len(verdicts)

    def _post(self, path: str, body: object = None) -> httpx.Response:
        return self._client.post(path, json=body).raise_for_status()

    def _question(self) -> str:
        with self._lock:
            return self._random.choice(self._questions)  # of the sample corpus, which stays as it is
