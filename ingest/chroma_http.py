"""Chroma's HTTP protocol: its own client, with timeouts, repeated tries, and failures told in our errors.

Everything we ask of a server may be asked twice: vectors are written and deleted by id.
"""

import random
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
from chromadb.api.fastapi import FastAPI
from chromadb.config import Settings, System
from chromadb.errors import BatchSizeExceededError
from typing_extensions import override

from ingest.errors import IndexRefused, IndexUnreachable, IngestError

PASSING = frozenset({429, 502, 503, 504})  # a proxy's words for a server that is away, or has too much to do
WRITING_PATIENCE = 10.0  # storing thousands of vectors takes longer than finding some, and nobody looks on
READING_TRIES, WRITING_TRIES = 3, 7
PREPARING = "/pre-flight-checks"  # asked before vectors are stored
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 8.0  # seconds
QUOTED = 200  # characters of what a server said


class ChromaProtocol(FastAPI):
    """Speaks to one server.

    Args:
        address: `http(s)://host:port`, a path before `/api/v2` included.
        headers: asked for at every request, so that a token can be changed; repeated nowhere.
        seconds: how long a reading request may take, repeated tries included.
    """

    def __init__(self, address: str, headers: Callable[[], dict[str, str]], seconds: float) -> None:
        self._address = address
        self._headers = headers
        self._seconds = seconds
        super().__init__(
            System(
                Settings(
                    anonymized_telemetry=False,
                    chroma_api_impl="chromadb.api.fastapi.FastAPI",
                    chroma_server_host=address,
                    chroma_server_http_port=0,  # asked for, and not looked at beside an address
                )
            )
        )
        self._session.event_hooks = {"response": [self._check]}
        weakref.finalize(self, self._session.close)

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    @override
    def _make_request(self, method: str, path: str, **kwargs: Any) -> Any:
        """Asks, and asks again where that may help and time is left.

        Raises:
            ChromaError: what the server said of the request itself.
            IndexRefused: if it does not take us, or is no Chroma server.
            IndexUnreachable: if it cannot be reached, takes too long, or cannot answer.
        """
        reading = path != PREPARING and (method == "get" or path.endswith("/query"))
        seconds = self._seconds * (1 if reading else WRITING_PATIENCE)
        deadline = time.monotonic() + seconds
        for pause in _pauses(READING_TRIES if reading else WRITING_TRIES):
            try:
                return self._ask(method, path, kwargs, deadline - time.monotonic())
            except IndexUnreachable:
                if time.monotonic() + pause >= deadline:
                    raise
                time.sleep(pause)
        return self._ask(method, path, kwargs, deadline - time.monotonic())

    def _ask(self, method: str, path: str, body: Mapping[str, Any], seconds: float) -> Any:  # noqa: ANN401 - as Chroma's client
        sent: dict[str, Any] = {**body, "headers": self._headers(), "timeout": seconds}
        try:
            return super()._make_request(method, path, **sent)
        except httpx.TimeoutException as error:
            raise IndexUnreachable(
                f"the Chroma server at {self._address} did not answer in time: see what keeps it busy, or"
                " set storage.vectors_timeout_seconds higher"
            ) from error
        except httpx.TransportError as error:
            raise IndexUnreachable(
                f"the Chroma server at {self._address} cannot be reached ({error}): see that it runs, and"
                " that storage.vectors names it"
            ) from error
        except ValueError as error:  # not JSON
            raise self._stranger("its answer is not JSON") from error

    def _check(self, response: httpx.Response) -> None:
        """Tells of failures by their status; those of Chroma's own kind are left to its client."""
        if response.is_success:
            return
        response.read()
        status = response.status_code
        if status in (401, 403):
            raise IndexRefused(
                f"the Chroma server at {self._address} lets us not in (HTTP {status}): see"
                " storage.vectors_token_file and storage.vectors_token_header"
            )
        if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            raise BatchSizeExceededError(self._quote(response))
        if status in PASSING:
            raise IndexUnreachable(self._failure(status, self._quote(response)))
        if not _is_of_chroma(response):
            raise self._unknown(response)

    def _unknown(self, response: httpx.Response) -> IngestError:
        if response.is_server_error:
            return IndexUnreachable(self._failure(response.status_code, self._quote(response)))
        return self._stranger(f"HTTP {response.status_code}")

    def _failure(self, status: int, told: str) -> str:
        return (
            f"the Chroma server at {self._address} failed (HTTP {status}, {told!r}): its log, and the room on"
            " its disk, say more"
        )

    def _stranger(self, why: str) -> IndexRefused:
        return IndexRefused(
            f"what answers at {self._address} does not speak Chroma's API v2 ({why}): mend storage.vectors"
        )

    def _quote(self, response: httpx.Response) -> str:
        text = response.text
        for secret in self._headers().values():
            text = text.replace(secret, "…")
        return text[:QUOTED]


def _pauses(tries: int) -> Iterator[float]:
    """Seconds to wait after each try but the last; uneven, so that servers do not all come back at once."""
    for number in range(tries - 1):
        yield min(LONGEST_PAUSE, FIRST_PAUSE * 4**number) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret


def _is_of_chroma(response: httpx.Response) -> bool:
    try:
        told = response.json()
    except ValueError:
        return False
    return isinstance(told, dict) and {"error", "message"} <= told.keys()
