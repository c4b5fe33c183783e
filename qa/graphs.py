"""Graphs of our own, which come with this package."""

from functools import partial
from pathlib import Path

from ingest.embedding.sessions import TokenGraph
from ingest.embedding.weights import MINILM, CarriedFile, read_checked, read_file


def own_graph(file: CarriedFile) -> TokenGraph:
    """The graph in a file of this package, behind the tokenizer that ours share; nothing is read yet."""
    return TokenGraph(
        partial(read_file, Path(__file__).parent, file, "install Pincite anew"),
        partial(read_checked, MINILM, MINILM.tokenizer),
        full_range=True,
    )
