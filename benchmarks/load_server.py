"""The server that `under_load.py` asks: started as anybody would, watched from outside."""

import codecs
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import httpx

from ingest.assembly import open_store
from ingest.settings import IndexSettings

PINCITE = (sys.executable, "-c", "from api.cli import main; main()")
COUNTED = re.compile(r'pincite_requests_total\{method="POST",route="(?:/v1/chat|-)",status="(\d+)"\} (\d+)')
UNLIMITED = "1000000"  # requests a minute: all users come from one address
READY_SECONDS = 300.0
FILES = 100  # in one upload
SENTENCES = 300  # in one file
SEED = 7


class Served:
    """`pincite serve` over an index, in a process of its own.

    Args:
        index: the index folder.
        log: where what it says is appended; None: nowhere.
        prefix: what the command is run by, such as `("prlimit", "--nofile=64")`, which becomes that command.
    """

    def __init__(self, index: Path, log: Path | None = None, prefix: tuple[str, ...] = ()) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = {"PINCITE_SERVE_REQUESTS_PER_MINUTE": UNLIMITED, **os.environ}
        command = (*prefix, *PINCITE, "serve", "--index", str(index), "--port", str(port))
        self._job = ""
        with (log or Path(os.devnull)).open("ab") as told:
            self._process = subprocess.Popen(command, env=environment, stderr=told)

    def __enter__(self) -> "Served":
        give_up = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            if time.monotonic() > give_up or self._process.poll() is not None:
                raise SystemExit("the server does not come up: try `pincite serve --index INDEX`")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Id of its process."""
        return self._process.pid

    def megabytes(self) -> int:
        """What it holds resident."""
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True, check=True
        )
        return int(told.stdout) // 1024

    def answered(self) -> Counter[int]:
        """Questions it counted, by status; those it refused have come to no route."""
        found = COUNTED.findall(httpx.get(f"{self.url}/metrics").text)
        counted: Counter[int] = Counter()
        for status, number in found:
            counted[int(status)] += int(number)
        return counted

    def ingest(self, files: Iterator[tuple[str, str]]) -> int:
        """Makes sure that an ingest is running; returns how many passages it is through with."""
        if not self._job or not self.ingested()[1]:
            sent = [("files", file) for file in islice(files, FILES)]
            response = httpx.post(f"{self.url}/v1/documents", files=sent, timeout=READY_SECONDS)
            self._job = response.raise_for_status().json()["job"]
        while not (done := self.ingested())[0] and done[1]:
            time.sleep(0.1)
        return done[0]

    def ingested(self) -> tuple[int, bool]:
        """How many passages the ingest is through with, and whether it goes on."""
        told = httpx.get(f"{self.url}/v1/jobs/{self._job}", timeout=READY_SECONDS).raise_for_status().json()
        return told["progress"]["passages"], told["state"] in ("queued", "running")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=READY_SECONDS).status_code == 200
        except httpx.TransportError:
            return False


def strange_files(index: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of files without end: made of an index' sentences, in words no question has (ROT13).

    They cost what any text does, and change no answer.
    """
    with open_store(IndexSettings(index=index)).reading() as live:
        documents = [live.document(summary.id) for summary in live.summaries()]
        sentences = [sentence.text for document in documents for sentence in live.sentences(document)]
    chosen = random.Random(SEED)
    for number in count():
        text = "\n\n".join(chosen.choices(sentences, k=SENTENCES))
        yield f"strange-{number}.txt", codecs.encode(text, "rot13")
