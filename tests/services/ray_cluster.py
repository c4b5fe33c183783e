"""A real Ray cluster of two machines, both of them this one: each has a raylet and workers of its own."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
TOKEN = secrets.token_hex(32)
STARTED = "Ray runtime started"


class Node:
    """One `ray start --block` in a process group of its own."""

    def __init__(self, folder: Path, name: str, *options: str) -> None:
        self._log = folder / f"{name}.log"
        command = [str(Path(sys.executable).parent / "ray"), "start", "--block", "--num-cpus=1"]
        quiet = ("--disable-usage-stats", "--min-worker-port=0", "--max-worker-port=0")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--object-store-memory=150000000", *quiet, *options],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
                start_new_session=True,
            )
        self._wait()

    def kill(self) -> None:
        """kill -9 of everything the node is made of."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()

    def workers(self) -> list[int]:
        """Processes of workers that carry out an order right now."""
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,pgid=,args="], capture_output=True, text=True, check=True
        )
        rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
        ours = {pid for pid, _, group, _ in rows if int(group) == self._process.pid}
        return [int(pid) for pid, parent, _, command in rows if parent in ours and "ray::run" in command]

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while STARTED not in self._log.read_text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"Ray did not start: {self._log.read_text()[-2000:]}")
            time.sleep(0.1)


class Cluster:
    """A head and a second node, one core each; closed to whoever does not know its token."""

    def __init__(self) -> None:
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN}
        # Short, because the paths of Ray's sockets are limited to 107 characters.
        self._folder = Path(tempfile.mkdtemp(prefix="ray", dir="/tmp"))
        self._port = free_port()
        self.address = f"127.0.0.1:{self._port}"
        client = free_port()
        self.client_address = f"ray://127.0.0.1:{client}"
        self.head = Node(
            self._folder,
            "head",
            "--head",
            f"--port={self._port}",
            f"--ray-client-server-port={client}",
            "--include-dashboard=false",
            f"--temp-dir={self._folder}",
        )
        self._joined = 0
        try:
            self.second = self.join()
        except BaseException:
            self.head.kill()
            raise

    def join(self) -> Node:
        """Starts another node."""
        self._joined += 1
        return Node(self._folder, f"node{self._joined}", f"--address={self.address}")

    def end(self) -> None:
        """Kills what is left of it."""
        self.second.kill()
        self.head.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
