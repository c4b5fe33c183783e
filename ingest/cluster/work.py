"""What a worker does: loads a file, or splits and embeds documents, with software of its own.

Orders and results are pickles of ours. Who can send a Ray cluster an order can have it run anything
anyway: see docs/decisions/0030-ray.md.
"""

import faulthandler
import os
import pickle
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from filelock import FileLock

from ingest.documents import Document, Passage, Sentence, Skipped, embedded_text
from ingest.embedding import Embedder, Vectors
from ingest.embedding.opening import open_embedder
from ingest.errors import ClusterUnavailable, IngestError
from ingest.fingerprint import fingerprint_of
from ingest.loading import load
from ingest.readers import prepare_document
from ingest.settings import IngestSettings


@dataclass(frozen=True, slots=True)
class Recipe:
    """How documents are to be made, the same for all orders of an ingest.

    Attributes:
        settings: how files are read and cut.
        fingerprint: of the index they are made for, as JSON.
        edition: of Pincite.
    """

    settings: IngestSettings
    fingerprint: str
    edition: str


@dataclass(frozen=True, slots=True)
class Check:
    """Order to see whether this worker can do what the recipe says; its result is True."""


@dataclass(frozen=True, slots=True)
class Load:
    """Order to read a file's bytes; its result is a list of `Document` and `Skipped`.

    Attributes:
        name: of the file, whose suffix says what it is.
        place: id of its document.
    """

    name: str
    place: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Prepare:
    """Order to split and embed documents; its result is a list of `Made`, one for each."""

    documents: tuple[Document, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A document's sentences and passages, and their vectors of shape `(passages, dimensions)`."""

    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Failed:
    """Result of an order that made our own code fail; the reason is fit for the list of skipped files."""

    reason: str


Order = Check | Load | Prepare


def run(message: bytes) -> bytes:
    """Carries an order out; the only function that is handed to Ray.

    Args:
        message: pickled recipe and order.

    Returns:
        Its pickled result; an `IngestError` if this worker cannot carry out any order.
    """
    recipe, order = pickle.loads(message)  # noqa: S301 - ours, see above
    result: object
    try:
        with _ended_after(recipe.settings.worker_seconds):
            result = _carry_out(recipe, order)
    except IngestError as error:
        result = error
    except Exception as error:  # noqa: BLE001 - the door of a process: who asked skips the file and says why
        result = Failed(f"reading it failed: {type(error).__name__}: {error}")
    return pickle.dumps(result, pickle.HIGHEST_PROTOCOL)


def edition() -> str:
    """Which Pincite this is."""
    try:
        return version("pincite")
    except PackageNotFoundError:
        return "not installed"


def _carry_out(recipe: Recipe, order: Order) -> object:
    embedder = _embedder(recipe)
    match order:
        case Check():
            embedder.prepare()
            return True
        case Load():
            return _load(order, recipe.settings.max_bytes)
        case Prepare():
            budget = min(recipe.settings.passage_tokens, embedder.max_tokens)
            return [_make(document, embedder, budget) for document in order.documents]


def _load(order: Load, max_bytes: int) -> list[Document | Skipped]:
    return [*load(Path(order.name), order.place, max_bytes=max_bytes, data=order.data)]


def _make(document: Document, embedder: Embedder, budget: int) -> Made:
    prepared = prepare_document(document, embedder, budget)
    vectors = embedder.embed_passages(
        [embedded_text(passage.context, passage.text) for passage in prepared.passages]
    )
    return Made(prepared.sentences, prepared.passages, vectors)


@cache
def _embedder(recipe: Recipe) -> Embedder:
    """The embedder, kept as long as the process lives.

    A graph is made by one worker of each machine: that takes much more memory than running it.

    Raises:
        ClusterUnavailable: if this machine would make other documents or vectors than who asked.
        ModelUnavailable: if it cannot be had here.
    """
    folder = _model_folder()
    embedder = open_embedder(recipe.settings.embedding_model, folder)
    here = (edition(), fingerprint_of(embedder, recipe.settings).to_json())
    if here != (recipe.edition, recipe.fingerprint):
        raise ClusterUnavailable(
            f"the worker on {socket.gethostname()} has Pincite {here[0]} and would build {here[1]}; who asked"
            f" has {recipe.edition} and builds {recipe.fingerprint}: install the same on all machines"
        )
    if not any(folder.glob("*.onnx")):
        with FileLock(folder / "lock"):
            embedder.prepare()
    return embedder


def _model_folder() -> Path:
    """A folder of this user, for files made from weights; workers of one machine share it."""
    folder = Path(tempfile.gettempdir(), f"pincite-models-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    facts = folder.lstat()
    if facts.st_uid != os.getuid() or not stat.S_ISDIR(facts.st_mode) or facts.st_mode & 0o077:
        raise ClusterUnavailable(f"{folder} on {socket.gethostname()} belongs to somebody else: delete it")
    return folder


@contextmanager
def _ended_after(seconds: int) -> Iterator[None]:
    """Ends this process if the block takes longer.

    From a thread of C: one of Python would wait with everything else for a regular expression that hangs.
    """
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - the traceback of a hang tells who asked nothing
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
