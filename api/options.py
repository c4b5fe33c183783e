"""Options that several of the terminal's verbs have."""

from pathlib import Path
from typing import Annotated

import typer

Index = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Folder of the index.", show_default="setting index"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
