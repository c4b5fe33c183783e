"""Running a graph over texts with ONNX Runtime: one text a run, several runs at once.

Dynamic int8 quantisation takes one activation scale per tensor, so in a batch every text would change
its neighbours' results a little, and so would padding. One text a run makes a result depend on its
text alone, needs no padding and no mask; the cores are kept busy by running several texts side by side,
each on a single thread, and never more of them than there are cores, however many questions are at hand.
"""

import base64
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from ingest.errors import ModelUnavailable

# ONNX Runtime's wheels tell Microsoft of every session, and keep what they could not send in the home folder.
# It looks once, when it is imported.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime  # type: ignore[import-untyped]

onnxruntime.disable_telemetry_events()

# one MatMulInteger node, uint8 `a` by int8 `b`: kept as bytes, because onnx is imported for exports only
PROBE = base64.b64decode(
    "CAgSADo+ChgKAWEKAWISAXkiDU1hdE11bEludGVnZXISAWdaCQoBYRIECgIIAloJCgFiEgQKAggDYgkKAXkSBAoCCAZCBAoAEA0="
)

PAIR_MARKS = 3  # special tokens of a pair: [CLS] first [SEP] second [SEP]

Output = npt.NDArray[np.float32]
Reduced = TypeVar("Reduced")


@dataclass(frozen=True, slots=True)
class Input:
    """Token ids of one text or pair, special tokens included.

    Attributes:
        types: 1 for a pair's second part, else 0.
        pooling: weights (rows, tokens) that average tokens, for a graph that asks for them.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    pooling: Output | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens: ids, and the range of code points `[start, end)` each stands for."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class TokenGraph:
    """A tokenizer and a graph over its tokens, each opened at first use and then kept.

    Args:
        graph: gives the checked bytes of an ONNX file.
        tokenizer: gives the checked bytes of a `tokenizer.json` of the BERT family.
        full_range: see `open_session`.
    """

    def __init__(
        self, graph: Callable[[], bytes], tokenizer: Callable[[], bytes], *, full_range: bool
    ) -> None:
        self._read_graph = graph
        self._read_tokenizer = tokenizer
        self._full_range = full_range
        self._lock = Lock()
        self._session: onnxruntime.InferenceSession | None = None
        self._tokenizer: Tokenizer | None = None

    def open(self) -> None:
        """Opens tokenizer and graph now rather than at first use.

        Raises:
            ModelUnavailable: if they cannot be had.
        """
        self._opened_tokenizer()
        self._opened_session()

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text: no special tokens, nothing cut off."""
        encodings = self._opened_tokenizer().encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def locate(self, texts: Sequence[str]) -> list[Tokens]:
        """As `tokenize`, with the places of the tokens."""
        encodings = self._opened_tokenizer().encode_batch(list(texts), add_special_tokens=False)
        return [Tokens(encoding.ids, encoding.offsets) for encoding in encodings]

    def single(self, ids: Sequence[int]) -> Input:
        """`[CLS] ids [SEP]`."""
        start, end = self._marks()
        whole = (start, *ids, end)
        return Input(whole, (0,) * len(whole))

    def pair(self, first: Sequence[int], second: Sequence[int]) -> Input:
        """`[CLS] first [SEP] second [SEP]`."""
        start, end = self._marks()
        whole = (start, *first, end, *second, end)
        return Input(whole, (0,) * (len(first) + 2) + (1,) * (len(second) + 1))

    def run(self, inputs: Sequence[Input], reduce: Callable[..., Reduced]) -> list[Reduced]:
        """What `reduce` makes of the graph's outputs for each input, in the order given.

        Outputs are reduced as they come: those of a thousand passages would take 400 MB.

        Raises:
            ModelUnavailable: if tokenizer or graph cannot be had.
        """
        session = self._opened_session()
        if len(inputs) < 2:
            return [reduce(*_run_one(session, one)) for one in inputs]
        return list(_runs().map(lambda one: reduce(*_run_one(session, one)), inputs))

    def _marks(self) -> tuple[int, int]:
        tokenizer = self._opened_tokenizer()
        return cast("int", tokenizer.token_to_id("[CLS]")), cast("int", tokenizer.token_to_id("[SEP]"))

    def _opened_tokenizer(self) -> Tokenizer:
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = open_tokenizer(self._read_tokenizer())
            return self._tokenizer

    def _opened_session(self) -> onnxruntime.InferenceSession:
        with self._lock:
            if self._session is None:
                self._session = open_session(self._read_graph(), full_range=self._full_range)
            return self._session


def open_tokenizer(content: bytes) -> Tokenizer:
    """A tokenizer that neither cuts nor pads, whatever its file asks for."""
    tokenizer = Tokenizer.from_buffer(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def open_session(graph: bytes, *, full_range: bool) -> onnxruntime.InferenceSession:
    """A single-threaded CPU session; `run` may be called on it from several threads at once.

    Args:
        graph: an ONNX file.
        full_range: its int8 weights use all 8 bits, so a processor whose products overflow has to take
            ONNX Runtime's slower exact path (half the speed, hence not for everybody).

    Raises:
        ModelUnavailable: if this ONNX Runtime cannot load the graph.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # a pattern is kept for every length ever seen; the arena stays, without it peaks are higher
    options.enable_mem_pattern = False
    if full_range and products_overflow():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's exceptions share no other public base
        raise ModelUnavailable(f"ONNX Runtime {onnxruntime.__version__} cannot load: {error}") from error


@cache
def products_overflow() -> bool:
    """Whether products of 8-bit activations and full-range int8 weights overflow on this processor.

    On x86 without VNNI, ONNX Runtime adds two of them in 16 bits, which clips and quietly spoils results
    (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "U8S8"). It cannot be
    asked, so the largest possible products are computed and looked at.
    """
    session = onnxruntime.InferenceSession(PROBE, providers=["CPUExecutionProvider"])
    # of a size for which the blocked kernels are used
    feed = {"a": np.full((8, 64), 255, np.uint8), "b": np.full((64, 16), 127, np.int8)}
    product = cast("npt.NDArray[np.int32]", session.run(None, feed)[0])
    return bool((product != 255 * 127 * 64).any())


def usable_cores() -> int:
    """Cores this process may run on; containers and `taskset` may grant fewer than the machine has.

    And whoever started it may have said OMP_NUM_THREADS, as Ray does: it runs one worker for each core.
    """
    granted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    said = os.environ.get("OMP_NUM_THREADS", "")
    return min(granted, max(1, int(said))) if said.isdecimal() else granted


@cache
def _runs() -> ThreadPoolExecutor:
    """Threads for the runs of all graphs; who comes later waits, and takes neither a core nor memory."""
    return ThreadPoolExecutor(usable_cores(), "graph")


def _run_one(session: onnxruntime.InferenceSession, one: Input) -> list[Output]:
    ids = np.array([one.ids], dtype=np.int64)
    known: dict[str, Any] = {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.array([one.types], dtype=np.int64),
        "pooling": one.pooling,
    }
    feed = {wanted.name: known[wanted.name] for wanted in session.get_inputs()}
    return cast("list[Output]", session.run(None, feed))
