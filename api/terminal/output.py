"""Where output goes: the answer to stdout, everything said about it to stderr."""

import json
import os
import sys
from collections.abc import Iterable

from pydantic import BaseModel
from rich.console import Console

from api.layout import Block, harmless, lay_out


def print_blocks(blocks: Iterable[Block]) -> None:
    """Prints to stdout: wrapped and coloured on a terminal, plain and unwrapped in a pipe."""
    # Rich takes NO_COLOR to leave bold and faint; whoever sets it wants none of it.
    plain = bool(os.environ.get("NO_COLOR"))
    console = Console(color_system=None if plain else "auto", highlight=False, markup=False, emoji=False)
    for line in lay_out(blocks, console):
        console.print(line, soft_wrap=True)
    flush()


def print_object(shown: BaseModel) -> None:
    """Prints one line of JSON to stdout."""
    sys.stdout.write(shown.model_dump_json() + "\n")
    flush()


def print_json(shown: object) -> None:
    """Prints one line of JSON to stdout."""
    print_lines([json.dumps(shown, ensure_ascii=False)])


def print_lines(lines: Iterable[str]) -> None:
    """Prints lines of ours to stdout as they are."""
    sys.stdout.writelines(line + "\n" for line in lines)
    flush()


def flush() -> None:
    """Writes stdout out now, so that a broken pipe is noticed while somebody can handle it."""
    sys.stdout.flush()


def note(text: str) -> None:
    """Says something to stderr."""
    sys.stderr.write(f"pincite: {harmless(text)}\n")
