"""Checkpoints: all that a run needs to go on as if it had not been killed."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.model import ReaderModel, fresh_model

LATEST = "latest.pt"


def save(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
    """Writes a checkpoint beside the old one and puts it in its place in one step."""
    draft = path.with_suffix(".draft")
    state = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": step,
        "random": torch.get_rng_state(),
    }
    with draft.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def restore(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """Brings both to where they were; returns the number of steps taken."""
    state = _load(path)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    torch.set_rng_state(state["random"])
    return int(state["step"])


def load_model(path: Path) -> ReaderModel:
    """The reader of a checkpoint, ready to read."""
    model = fresh_model(seed=0)
    fill(path, model)
    return model


def fill(path: Path, model: nn.Module) -> None:
    """Gives a model the weights of a checkpoint and makes it ready to read."""
    model.load_state_dict(_load(path)["model"])
    model.eval()


def _load(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
