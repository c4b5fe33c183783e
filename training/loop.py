"""The training loop, whatever is trained: steps by a plan, checkpoints, and a log.

A run that was killed goes on from its last checkpoint when it is asked for again; with another number of
steps it follows the new plan from there.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor, nn

from training.checkpoints import LATEST, restore, save
from training.report import note

LEARNING_RATE = 6e-5
HEAD_RATE = 3e-4  # the heads start from little
WEIGHT_DECAY = 0.01
WARMUP = 0.06  # share of the steps
LARGEST_GRADIENT = 1.0
LOGGED_EVERY = 20  # steps
CHECKPOINT_SECONDS = 480
Example = TypeVar("Example")  # a batch of them


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to train: steps in all, examples a step."""

    steps: int
    batch: int

    def rate(self, step: int) -> float:
        """Share of the full learning rate: up over the warm-up, then linearly down to 0."""
        warm = self.steps * WARMUP
        return min(step / warm, max(0.0, self.steps - step) / (self.steps - warm))


def arguments_of(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What every training is told, beside what the parser knows already; makes the folder `out`."""
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)
    return arguments


def descend(
    model: nn.Module,
    batches: Callable[[int], Iterator[Example]],
    take: Callable[[nn.Module, torch.optim.Optimizer, Example], dict[str, float]],
    plan: Plan,
    out: Path,
) -> None:
    """Trains to the end of the plan, from the last checkpoint if there is one.

    Args:
        model: fresh; what the checkpoint holds is put into it.
        batches: gives those after the first so many.
        take: takes one step, as `step` does, and returns the parts of the loss.
        plan: how long.
        out: folder of the checkpoint.
    """
    model.train()
    optimiser = make_optimiser(model)
    path = out / LATEST
    first = restore(path, model, optimiser) if path.exists() else 0
    note(f"steps {first} to {plan.steps} of {plan.batch} examples")
    log, saved, taken = _Log(plan), time.monotonic(), first
    for number, batch in enumerate(islice(batches(first), max(0, plan.steps - first)), first):
        for group in optimiser.param_groups:
            group["lr"] = group["full_rate"] * plan.rate(number)
        log.add(number, take(model, optimiser, batch))
        taken = number + 1
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            save(path, model, optimiser, taken)
            saved = time.monotonic()
    save(path, model, optimiser, taken)
    note("done" if taken >= plan.steps else f"out of examples after step {taken}: prepare more rounds")


def make_optimiser(model: nn.Module) -> torch.optim.Optimizer:
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


def step(
    model: nn.Module, optimiser: torch.optim.Optimizer, total: Tensor, parts: Mapping[str, Tensor]
) -> dict[str, float]:
    """One step of descent down the total loss; returns its parts."""
    total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    torch.nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT)
    optimiser.step()
    optimiser.zero_grad()
    return {name: part.item() for name, part in parts.items()}


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
        note(f"step {step + 1}/{self._plan.steps} {means} {speed:.1f} examples/s")
        self._sums.clear()
        self._added = 0
        self._since = time.monotonic()
