"""The process that speaks with Ray: the only file that imports it.

A process of its own because Ray ends the one that uses it, without an exception, when the cluster's head
is lost, and prints to its standard output. It passes orders and results on, and knows neither.

    python -P -m ingest.cluster.ray_process ADDRESS FD

Ends when the other end of the socket FD says good-bye, or is closed.
"""

import socket
import sys
import time
from multiprocessing.connection import Connection

import ray
from ray import exceptions

from ingest.cluster.messages import LOCAL, Died, Done, Size, Unusable
from ingest.cluster.work import run

REACH_SECONDS = 5  # for a connection to the address itself, which Ray would try for minutes
WAIT_SECONDS = 0.05  # for results, before new orders are looked at
LOOK_SECONDS = 5.0  # between two looks at the cluster's size


class Exchange:
    """Passes orders on to Ray and results back."""

    def __init__(self, ours: Connection) -> None:
        self._ours = ours
        # Who asked counts the attempts, as it knows which orders can be told apart.
        self._run = ray.remote(max_retries=0, num_cpus=1)(run)
        self._numbers: dict[ray.ObjectRef, int] = {}
        self._looked = 0.0

    def serve(self) -> None:
        """Until the other end says good-bye.

        Raises:
            EOFError: if it went without.
            RayTaskError: if a worker cannot run our software.
        """
        while self._take_orders():
            self._tell_size()
            if self._numbers:
                done, _ = ray.wait(list(self._numbers), timeout=WAIT_SECONDS)
                for reference in done:
                    self._ours.send(_outcome(reference, self._numbers.pop(reference)))

    def _take_orders(self) -> bool:
        """Whether there may be more."""
        # With nothing under way an order is waited for, otherwise only looked for.
        patience = 0.0 if self._numbers or not self._looked else LOOK_SECONDS
        while self._ours.poll(patience):
            order = self._ours.recv()
            if order is None:
                return False
            number, message = order
            self._numbers[self._run.remote(message)] = number
            patience = 0.0
        return True

    def _tell_size(self) -> None:
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._ours.send(Size(int(ray.cluster_resources().get("CPU", 0))))
            self._looked = time.monotonic()


def _outcome(reference: "ray.ObjectRef", number: int) -> Done | Died:
    try:
        return Done(number, ray.get(reference))
    except exceptions.RayTaskError:
        raise  # a worker without this software
    except exceptions.WorkerCrashedError:
        return Died(number, "its worker died", alone=True)
    except exceptions.OutOfMemoryError:
        return Died(number, "its worker took more memory than there was", alone=True)
    except exceptions.RayError as error:
        return Died(number, f"{type(error).__name__}", alone=False)


def main(address: str, descriptor: str) -> None:
    """Serves the process that started this one."""
    ours = Connection(int(descriptor))
    try:
        _connect(address)
    except (ConnectionError, OSError, RuntimeError, ValueError) as error:
        ours.send(Unusable(_causes(error)))
        return
    try:
        Exchange(ours).serve()
    except EOFError:
        pass  # who asked is gone, and wants nothing more
    except exceptions.RayTaskError as error:
        ours.send(Unusable(f"a worker cannot run Pincite: {error.cause or error}"))
    ray.shutdown()


def _causes(error: BaseException | None) -> str:
    """What it says, and what came before it: of each the last line, as Ray puts tracebacks into messages."""
    told: list[str] = []
    while error:
        told += str(error).strip().splitlines()[-1:]
        error = error.__cause__ or error.__context__
    return ": ".join(dict.fromkeys(told))


def _connect(address: str) -> None:
    _reach(address)
    own = {"include_dashboard": False} if address == LOCAL else {}
    ray.init(address, log_to_driver=False, **own)


def _reach(address: str) -> None:
    """Makes sure that somebody listens at a host and port; other addresses are looked up by Ray.

    Raises:
        OSError: if nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), REACH_SECONDS).close()


if __name__ == "__main__":
    main(*sys.argv[1:])
