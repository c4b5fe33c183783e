"""Speed and faithfulness of the ways to embed; the figures in docs/decisions/0005-embedding-route.md.

    python -m benchmarks.embedding                                    # speed, on made-up passages
    python -m benchmarks.embedding --data DIR                         # and nDCG@10
    python -m benchmarks.embedding --data DIR --routes torch-fp32 onnx-int8

DIR holds `corpus.jsonl` (`_id`, `title`, `text`) and `questions.jsonl` (`question`, `relevant`).
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from safetensors.numpy import load

from ingest.embedding import Vectors
from ingest.embedding.export import BertWriter
from ingest.embedding.onnx import OnnxEmbedder
from ingest.embedding.sessions import TokenGraph
from ingest.embedding.weights import BGE_SMALL, MINILM, read_checked

Embed = Callable[[Sequence[str], bool], Vectors]  # texts, whether they are queries

PASSAGES = 48
WORDS = 200


class FullPrecisionWriter(BertWriter):
    """The same encoder, nothing quantised."""

    def _attention(self, hidden: str, at: str) -> str:
        parts = [f"{at}attention.self.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self._weights[part + ".weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[part + ".bias"] for part in parts])
        inputs = [hidden, self._constant(at + "qkv", matrix), self._constant(at + "qkv.bias", bias)]
        return self._node("Attention", inputs, at + "context", num_heads=self._heads)

    def _row_scaled(self, x: str, dense: str) -> str:
        matrix = self._constant(dense, self._weights[dense + ".weight"].T)
        return self._node("MatMul", [x, matrix], dense + ".product", domain="")


class PlainInt8Writer(BertWriter):
    """The same int8 weights, activations with one scale per tensor, as `quantize_dynamic` does it."""

    def _row_scaled(self, x: str, dense: str) -> str:
        quantised, scales, zero = self._quantised(dense, self._weights[dense + ".weight"].T)
        return self._node("DynamicQuantizeMatMul", [x, quantised, scales, zero], dense + ".product")


def onnx_route(writer: type[BertWriter]) -> Embed:
    """Embedding through the graph a writer writes, as `OnnxEmbedder` would."""
    embedder = OnnxEmbedder(MINILM, Path("unused"))

    def graph() -> bytes:
        weights = load(read_checked(MINILM, MINILM.weights))
        config = json.loads(read_checked(MINILM, MINILM.config))
        model = writer(weights, config["num_attention_heads"], config["layer_norm_eps"])
        return bytes(model.write(config["num_hidden_layers"]).SerializeToString())

    tokenizer = partial(read_checked, MINILM, MINILM.tokenizer)
    embedder._graph = TokenGraph(graph, tokenizer, full_range=MINILM.full_range)
    return lambda texts, _: embedder.embed_passages(texts)


def torch_route(half: bool) -> Embed:
    """Embedding with sentence-transformers in batches of 32, as one would by default."""
    from sentence_transformers import SentenceTransformer

    spec = find_spec(MINILM.package)
    assert spec is not None
    assert spec.origin is not None
    model = SentenceTransformer(str(Path(spec.origin).parent / "model"), device="cpu")
    model = model.bfloat16() if half else model

    def embed(texts: Sequence[str], _: bool) -> Vectors:
        tensor = model.encode(
            list(texts), normalize_embeddings=True, convert_to_tensor=True, show_progress_bar=False
        )
        return np.asarray(tensor.float().numpy())

    return embed


def carried_route(prefix: bool) -> Embed:
    """bge-small as it is carried, with or without its prefix on queries."""
    embedder = OnnxEmbedder(BGE_SMALL, Path("unused"))

    def embed(texts: Sequence[str], query: bool) -> Vectors:
        lead = "Represent this sentence for searching relevant passages: " if query and prefix else ""
        return embedder.embed_passages([lead + text for text in texts])

    return embed


ROUTES: dict[str, Callable[[], Embed]] = {
    "torch-fp32": partial(torch_route, half=False),
    "torch-bf16": partial(torch_route, half=True),
    "onnx-fp32": partial(onnx_route, FullPrecisionWriter),
    "onnx-int8-plain": partial(onnx_route, PlainInt8Writer),
    "onnx-int8": partial(onnx_route, BertWriter),
    "bge-small": partial(carried_route, prefix=False),
    "bge-small-prefix": partial(carried_route, prefix=True),
}


def made_up_passages() -> list[str]:
    """Passages of 200 words; speed does not depend on what they say."""
    rng = random.Random(0)
    words = ["river", "market", "engine", "of", "the", "protein", "treaty", "harvest", "signal", "virus"]
    return [" ".join(rng.choices(words, k=WORDS)) for _ in range(PASSAGES)]


def compare_speed(routes: dict[str, Embed], rounds: int) -> None:
    """Passages per second, and the median over rounds of the ratio to the first route of the same round."""
    texts = made_up_passages()
    for embed in routes.values():
        embed(texts[:4], False)
    seconds: dict[str, list[float]] = {name: [] for name in routes}
    for _ in range(rounds):
        for name, embed in routes.items():
            start = time.perf_counter()
            embed(texts, False)
            seconds[name].append(time.perf_counter() - start)
    first = next(iter(seconds.values()))
    for name, own in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(first, own, strict=True))
        print(f"{name:18} {PASSAGES / statistics.median(own):7.1f} passages/s   ratio {ratio:.2f}")


def ndcg(embed: Embed, folder: Path) -> float:
    """Mean nDCG@10 with binary relevance (Järvelin and Kekäläinen 2002), cosine over all documents."""
    documents = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
    questions = [json.loads(line) for line in (folder / "questions.jsonl").open(encoding="utf-8")]
    questions = [question for question in questions if question["relevant"]]
    ids = [document["_id"] for document in documents]
    passages = embed([f"{document.get('title', '')} {document['text']}" for document in documents], False)
    queries = embed([question["question"] for question in questions], True)
    order = np.argsort(-(queries @ passages.T), axis=1, kind="stable")[:, :10]
    gains = []
    for question, row in zip(questions, order, strict=True):
        wanted = set(question["relevant"])
        gain = sum(1 / np.log2(rank + 2) for rank, at in enumerate(row) if ids[at] in wanted)
        gains.append(gain / sum(1 / np.log2(rank + 2) for rank in range(min(10, len(wanted)))))
    return statistics.fmean(gains)


def main() -> None:
    """Parses the command line and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--routes", nargs="+", choices=list(ROUTES), default=list(ROUTES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path)
    arguments = parser.parse_args()
    routes = {name: ROUTES[name]() for name in arguments.routes}
    compare_speed(routes, arguments.rounds)
    for name, embed in routes.items():
        if arguments.data:
            print(f"{name:18} nDCG@10 {ndcg(embed, arguments.data):.4f}", flush=True)


if __name__ == "__main__":
    main()
