"""A real Chroma server on loopback: the Rust one that comes with the package, as `chroma run` starts it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

RUN = "import sys; from chromadb.cli.cli import app; sys.exit(app())"


class ChromaServer:
    """A server that can be stopped, killed and started again at the same port.

    Args:
        folder: where it keeps its data, and its log.
        environment: variables of its own, such as `CHROMA_MAX_PAYLOAD_SIZE_BYTES`.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self._folder = folder
        self._environment = environment
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        """Returns once it answers, or at once."""
        self._folder.mkdir(parents=True, exist_ok=True)
        options = ["run", "--path", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        with (self._folder / "chroma.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", RUN, *options],
                stdout=log,
                stderr=log,
                env=os.environ | self._environment,
            )
        while wait:
            assert self.process.poll() is None, (self._folder / "chroma.log").read_text()
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.address}/api/v2/heartbeat").is_success:
                    return
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def chroma_server(folder: Path, **environment: str) -> Iterator[ChromaServer]:
    """A server that lives as long as the context."""
    server = ChromaServer(folder, **environment)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
