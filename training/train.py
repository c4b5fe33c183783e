"""Training the reader: `python -m training.train train-0.jsonl train-1.jsonl --out DIR --steps 3400`."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import torch
from torch import nn

from training.encoding import Batch, collate, encode
from training.label import read_labels
from training.loop import Plan, arguments_of, descend, step
from training.losses import Targets, losses
from training.model import fresh_model
from training.order import batches
from training.report import note
from training.windows import Window, read_windows

SEED = 20_261_122


def main() -> None:
    """Reads the arguments and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("windows", type=Path, nargs="+", help="files to go through, one after the other")
    parser.add_argument("--labels", type=Path, nargs="*", default=[])
    arguments = arguments_of(parser)
    data = Data(arguments.windows, arguments.labels, arguments.batch)
    train(data, Plan(arguments.steps, arguments.batch), arguments.out)


class Data:
    """Batches in their fixed order.

    Args:
        files: windows, each file an epoch of its own.
        labels: the teacher's.
        size: windows a batch.
    """

    def __init__(self, files: Sequence[Path], labels: Sequence[Path], size: int) -> None:
        self._files = [list(read_windows(path)) for path in files]
        self._labels = {name: logits for path in labels for name, logits in read_labels(path).items()}
        self._size = size
        note(f"{sum(map(len, self._files))} windows, {len(self._labels)} labelled")

    def batches(self, skipped: int) -> Iterator[Batch]:
        """The batches after the first `skipped`."""
        return (self._batch(windows) for windows in islice(self._in_order(), skipped, None))

    def _in_order(self) -> Iterator[list[Window]]:
        return chain.from_iterable(
            ([windows[n] for n in batch] for batch in batches(_lengths(windows), self._size, SEED + number))
            for number, windows in enumerate(self._files)
        )

    def _batch(self, windows: Sequence[Window]) -> Batch:
        return collate([encode(one) for one in windows], [self._labels.get(one.id) for one in windows])


def _lengths(windows: Sequence[Window]) -> list[int]:
    """Characters, which are near enough to tokens and cost nothing."""
    return [len(one.question) + sum(map(len, one.sentences)) for one in windows]


def train(data: Data, plan: Plan, out: Path) -> None:
    """Trains to the end of the plan, from the last checkpoint if there is one."""
    descend(fresh_model(SEED), data.batches, take_step, plan, out)


def take_step(model: nn.Module, optimiser: torch.optim.Optimizer, batch: Batch) -> dict[str, float]:
    """One step of descent; returns the parts of the loss."""
    inputs = [torch.from_numpy(array) for array in (batch.ids, batch.types, batch.mask, batch.pooling)]
    parts = losses(model(*inputs), targets_of(batch))
    named = {"choice": parts.choice, "binary": parts.binary, "span": parts.span, "teacher": parts.teacher}
    return step(model, optimiser, parts.total, named)


def targets_of(batch: Batch) -> Targets:
    """The batch's right answers as tensors."""
    pooling = torch.from_numpy(batch.pooling)
    return Targets(
        present=torch.from_numpy(batch.present),
        golds=torch.from_numpy(batch.golds),
        spans=torch.from_numpy(batch.spans),
        teacher=torch.from_numpy(batch.teacher),
        readable=(pooling > 0).any(dim=1),
    )


if __name__ == "__main__":
    main()
