"""Training the reader: `python -m training.train train-0.jsonl train-1.jsonl --out DIR --steps 3400`.

A run that was killed goes on from its last checkpoint when the same command is given again; with another
`--steps` it follows the new plan from there.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import torch
from torch import Tensor

from training.checkpoints import LATEST, restore, save
from training.encoding import Batch, collate, encode
from training.label import read_labels
from training.losses import Targets, losses
from training.model import ReaderModel, fresh_model
from training.order import batches
from training.report import note
from training.windows import Window, read_windows

SEED = 20_261_122
LEARNING_RATE = 6e-5
HEAD_RATE = 3e-4  # the heads start from little
WEIGHT_DECAY = 0.01
WARMUP = 0.06  # share of the steps
LARGEST_GRADIENT = 1.0
LOGGED_EVERY = 20  # steps
CHECKPOINT_SECONDS = 480


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to train: steps in all, windows a step."""

    steps: int
    batch: int

    def rate(self, step: int) -> float:
        """Share of the full learning rate: up over the warm-up, then linearly down to 0."""
        warm = self.steps * WARMUP
        return min(step / warm, max(0.0, self.steps - step) / (self.steps - warm))


def main() -> None:
    """Reads the arguments and trains."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("windows", type=Path, nargs="+", help="files to go through, one after the other")
    parser.add_argument("--labels", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
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
    model = fresh_model(SEED).train()
    optimiser = make_optimiser(model)
    path = out / LATEST
    first = restore(path, model, optimiser) if path.exists() else 0
    note(f"steps {first} to {plan.steps} of {plan.batch} windows")
    log, saved, taken = _Log(plan), time.monotonic(), first
    for step, batch in enumerate(islice(data.batches(first), max(0, plan.steps - first)), first):
        for group in optimiser.param_groups:
            group["lr"] = group["full_rate"] * plan.rate(step)
        log.add(step, take_step(model, optimiser, batch))
        taken = step + 1
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            save(path, model, optimiser, taken)
            saved = time.monotonic()
    save(path, model, optimiser, taken)
    note("done" if taken >= plan.steps else f"out of windows after step {taken}: prepare more rounds")


def make_optimiser(model: ReaderModel) -> torch.optim.Optimizer:
    """AdamW; the heads learn at a rate of their own, biases and layer norms do not decay.

    Loshchilov, Hutter: Decoupled weight decay regularization, ICLR 2019.
    """
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            rate = LEARNING_RATE if name.startswith("bert.") else HEAD_RATE
            groups.setdefault((rate, WEIGHT_DECAY if weight.ndim > 1 else 0.0), []).append(weight)
    return torch.optim.AdamW(
        [
            {"params": weights, "full_rate": rate, "weight_decay": decay}
            for (rate, decay), weights in groups.items()
        ],
        lr=LEARNING_RATE,
        fused=True,
    )


def take_step(model: ReaderModel, optimiser: torch.optim.Optimizer, batch: Batch) -> dict[str, float]:
    """One step of descent; returns the parts of the loss."""
    pooling = torch.from_numpy(batch.pooling)
    inputs = [torch.from_numpy(array) for array in (batch.ids, batch.types, batch.mask)]
    scores = model(*inputs, pooling)
    parts = losses(scores, targets_of(batch))
    parts.total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
    optimiser.step()
    optimiser.zero_grad()
    return {
        "choice": parts.choice.item(),
        "binary": parts.binary.item(),
        "span": parts.span.item(),
        "teacher": parts.teacher.item(),
    }


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


class _Log:
    """Tells mean losses and speed every few steps."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._added = 0
        self._sums: defaultdict[str, float] = defaultdict(float)
        self._since = time.monotonic()

    def add(self, step: int, parts: dict[str, float]) -> None:
        for name, value in parts.items():
            self._sums[name] += value
        self._added += 1
        if (step + 1) % LOGGED_EVERY:
            return
        speed = self._added * self._plan.batch / (time.monotonic() - self._since)
        means = " ".join(f"{name} {value / self._added:.3f}" for name, value in self._sums.items())
        note(f"step {step + 1}/{self._plan.steps} {means} {speed:.1f} windows/s")
        self._sums.clear()
        self._added = 0
        self._since = time.monotonic()


if __name__ == "__main__":
    main()
