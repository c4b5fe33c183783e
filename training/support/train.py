"""Training the entailment model: `python -m training.support.train train-0.jsonl … --out DIR --steps N`."""

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path

import torch
from torch import nn

from training.carried import dequantised_weights
from training.loop import Plan, arguments_of, descend, step
from training.order import batches
from training.report import note
from training.support.encoding import PairBatch, collate_pairs
from training.support.model import Verdicts, fresh_support_model, verdict_loss
from training.support.pairs import Pair, read_pairs

SEED = 20_261_122


def main() -> None:
    """Reads the arguments and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path, nargs="+", help="files to go through, one after the other")
    parser.add_argument("--start", choices=("reader", "cross-encoder"), default="reader")
    arguments = arguments_of(parser)
    files = [list(read_pairs(path)) for path in arguments.pairs]
    note(f"{sum(map(len, files))} pairs")
    weights = None
    if arguments.start == "cross-encoder":
        found = dequantised_weights()
        weights = {
            name.removeprefix("bert."): value for name, value in found.items() if name.startswith("bert.")
        }
    model = fresh_support_model(SEED, weights)
    plan = Plan(arguments.steps, arguments.batch)
    descend(model, partial(pair_batches, files, arguments.batch), take_step, plan, arguments.out)


def pair_batches(files: Sequence[Sequence[Pair]], size: int, skipped: int) -> Iterator[PairBatch]:
    """Batches in their fixed order, each file an epoch of its own, after the first `skipped`."""
    in_order = chain.from_iterable(
        ([pairs[n] for n in batch] for batch in batches(_lengths(pairs), size, SEED + number))
        for number, pairs in enumerate(files)
    )
    return map(collate_pairs, islice(in_order, skipped, None))


def _lengths(pairs: Sequence[Pair]) -> list[int]:
    """Characters, which are near enough to tokens and cost nothing."""
    return [len(one.claim) + len(one.premise) for one in pairs]


def take_step(model: nn.Module, optimiser: torch.optim.Optimizer, batch: PairBatch) -> dict[str, float]:
    """One step of descent; returns the loss."""
    inputs = (batch.inputs.ids, batch.inputs.types, batch.inputs.mask)
    logits = model(*(torch.from_numpy(array) for array in inputs))
    verdicts = Verdicts(torch.from_numpy(batch.support), torch.from_numpy(batch.open))
    loss = verdict_loss(logits, verdicts)
    return step(model, optimiser, loss, {"verdict": loss})


if __name__ == "__main__":
    main()
