"""The workers of a Ray cluster, as seen from the process that asks them."""

import os
import pickle
import queue
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from types import TracebackType
from typing import IO

from ingest.cluster.messages import LOCAL, Died, Done, Message, Size, Unusable
from ingest.cluster.work import Check, Failed, Order, Recipe
from ingest.errors import ClusterUnavailable, IngestError

ATTEMPTS = 3  # for an order whose worker dies
MACHINES = 10  # that may be lost under one order before the cluster is given up
CONNECT_SECONDS = 180  # to start or find the cluster, and to have one worker load the model
SILENCE_SECONDS = 60  # the process tells the cluster's size every five
EMPTY_SECONDS = 120  # for which there may be no core at all while orders wait
LONGEST_WORDS = 300  # characters
END_SECONDS = 10  # to say good-bye to the cluster
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent anywhere
    "RAY_gcs_rpc_server_reconnect_timeout_s": "20",  # a head that is lost stays lost
}
AGAIN = "what was live stays live; run the same command again, and it goes on where it was"


@dataclass(slots=True, eq=False)
class Piece:
    """One order and what became of it.

    Attributes:
        result: of its kind, or `Failed`; None as long as there is none.
        attempts: how many workers may still die of it.
        machines: how many may still be lost under it.
        since: when it was sent last, by the monotonic clock.
    """

    order: Order
    attempts: int
    result: object = None
    machines: int = MACHINES
    since: float = field(default_factory=time.monotonic)


class Workers:
    """A connection to a cluster, to be used in a `with` block.

    Args:
        address: as Ray takes them, or `local` for a cluster on this machine, for the time being.
        recipe: goes with every order.

    Raises:
        ClusterUnavailable: on entering, if the cluster cannot be used; it says why.
    """

    def __init__(self, address: str, recipe: Recipe) -> None:
        self._address = address
        self._recipe = recipe
        self._pieces: dict[int, Piece] = {}
        self._sent = 0
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._empty_since: float | None = None
        self.cores = 0
        self.repeated = 0  # orders that were sent again after a worker or a machine was lost

    def __enter__(self) -> "Workers":
        if find_spec("ray") is None:
            raise ClusterUnavailable("Ray is not installed: pip install 'pincite[cluster]'")
        self._said: IO[bytes] = tempfile.TemporaryFile()
        self._ours, theirs = Pipe()
        self._process = self._start(theirs)
        theirs.close()
        self._receiver = threading.Thread(target=self._receive, name="ray-messages", daemon=True)
        self._receiver.start()
        try:
            self._check()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def start(self, order: Order, attempts: int = ATTEMPTS) -> Piece:
        """Sends an order; its worker may die so often before it is given up."""
        piece = Piece(order, attempts)
        self._send(piece)
        return piece

    def pending(self) -> int:
        """How many orders were sent and have no result yet."""
        return len(self._pieces)

    def wait(self, seconds: float = SILENCE_SECONDS) -> None:
        """Until something has become of a piece, or of the cluster's size.

        Raises:
            ClusterUnavailable: if the cluster was lost, or cannot do what is asked.
            IngestError: as a worker raised it.
        """
        try:
            self._heed(self._messages.get(timeout=seconds))
        except queue.Empty:
            raise self._lost(f"nothing was heard of it for {seconds:.0f} seconds") from None
        self.look()

    def look(self) -> None:
        """Takes note of what has become of pieces, and waits for nothing; raises as `wait`."""
        with suppress(queue.Empty):
            while True:
                self._heed(self._messages.get_nowait())

    def _heed(self, message: Message | None) -> None:
        match message:
            case Done():
                self._settle(self._pieces.pop(message.number), pickle.loads(message.result))  # noqa: S301 - ours
            case Died():
                self._bury(self._pieces.pop(message.number), message)
            case Size():
                self._resize(message.cores)
            case Unusable():
                raise ClusterUnavailable(f"the Ray cluster {self._address} cannot be used: {message.reason}")
            case None:
                raise self._lost(self._last_words())

    def _start(self, theirs: Connection) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "ingest.cluster.ray_process", self._address]
        return subprocess.Popen(  # noqa: S603 - ourselves
            [*command, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            env=_environment(self._address),
            start_new_session=True,  # Ctrl-C is ours to understand
        )

    def _receive(self) -> None:
        # In a thread of its own, so that the process can always send, and hence always takes orders.
        with suppress(EOFError, OSError):
            while True:
                self._messages.put(self._ours.recv())
        self._messages.put(None)

    def _check(self) -> None:
        """Waits for the cluster, and for one of its workers to prove itself."""
        deadline = time.monotonic() + CONNECT_SECONDS
        self.wait(CONNECT_SECONDS)
        piece = self.start(Check())
        while piece.result is None:
            if time.monotonic() > deadline:
                raise ClusterUnavailable(
                    f"no worker of the Ray cluster {self._address} answered within {CONNECT_SECONDS} seconds:"
                    f" it has {self.cores} cores; see whether one of them is free"
                )
            self.wait()
        if isinstance(piece.result, Failed):
            raise ClusterUnavailable(f"a worker of the Ray cluster {self._address}: {piece.result.reason}")

    def _end(self) -> None:
        with suppress(OSError):
            self._ours.send(None)
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._receiver.join()
        self._ours.close()
        self._said.close()

    def _send(self, piece: Piece) -> None:
        self._sent += 1
        self._pieces[self._sent] = piece
        piece.since = time.monotonic()
        message = pickle.dumps((self._recipe, piece.order), pickle.HIGHEST_PROTOCOL)
        try:
            self._ours.send((self._sent, message))
        except OSError:
            raise self._lost(self._last_words()) from None

    def _settle(self, piece: Piece, result: object) -> None:
        if isinstance(result, IngestError):
            raise result
        piece.result = result

    def _bury(self, piece: Piece, died: Died) -> None:
        """Sends an order again whose worker or machine was lost, or gives it up."""
        piece.attempts -= died.alone
        piece.machines -= not died.alone
        limit = self._recipe.settings.worker_seconds
        if piece.machines < 0:
            raise self._lost(f"machine after machine was lost, the last one with {died.reason}")
        if died.alone and time.monotonic() - piece.since >= limit:
            piece.result = Failed(f"took a worker more than {limit} seconds (PINCITE_INGEST_WORKER_SECONDS)")
        elif piece.attempts <= 0:
            piece.result = Failed(f"{died.reason} over it, {ATTEMPTS} times")
        else:
            self.repeated += 1
            self._send(piece)

    def _resize(self, cores: int) -> None:
        self.cores = cores
        if cores:
            self._empty_since = None
            return
        self._empty_since = self._empty_since or time.monotonic()
        if time.monotonic() - self._empty_since > EMPTY_SECONDS:
            raise self._lost(f"it had no core left for {EMPTY_SECONDS} seconds")

    def _lost(self, why: str) -> ClusterUnavailable:
        return ClusterUnavailable(f"the Ray cluster {self._address} was lost ({why}): {AGAIN}")

    def _last_words(self) -> str:
        """The end of what Ray printed."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self._said.seek(0)
        lines = [line for line in self._said.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1][:LONGEST_WORDS] if lines else f"exit code {self._process.returncode}"


def _environment(address: str) -> dict[str, str]:
    """What the process runs with: as we do, RAY_AUTH_MODE and the like included."""
    environment = {**os.environ, **ENVIRONMENT}
    if address == LOCAL and "RAY_AUTH_MODE" not in environment:
        # Or Ray would leave a token in the home folder, which closes clusters that are started later.
        environment |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    return environment
