"""The terminal's verbs for API keys: `pincite key`."""

from typing import Annotated, Literal

import typer

from api.options import Index, Json

keys = typer.Typer(
    help="Say who may ask over HTTP, and who may change documents.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is.")]


@keys.command("create")
def create_verb(
    name: Name,
    scope: Annotated[
        # As `api.keys.Scope`, whose import would slow down every `--help`.
        Literal["read", "write"],
        typer.Option("--scope", help="`read` asks and reads, `write` changes documents, too."),
    ] = "read",
    index: Index = None,
) -> None:
    """Make a key and print it, this once."""
    from api.terminal.keys import create

    raise typer.Exit(create(index, name, scope))


@keys.command("list")
def list_verb(index: Index = None, json: Json = False) -> None:
    """Say which keys there are."""
    from api.terminal.keys import show

    raise typer.Exit(show(index, json=json))


@keys.command("revoke")
def revoke_verb(name: Name, index: Index = None) -> None:
    """Take a key back, from the next request on."""
    from api.terminal.keys import revoke

    raise typer.Exit(revoke(index, name))
