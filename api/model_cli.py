"""The terminal's verbs for chat models: `pincite models`."""

from typing import Annotated

import typer

from api.options import Json

models = typer.Typer(
    help="Try the chat model that the settings name, or run a small one on this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@models.command("list")
def list_verb(json: Json = False) -> None:
    """Say which models run on this machine, and which one answers."""
    from api.terminal.models import show

    raise typer.Exit(show(json=json))


@models.command("check")
def check_verb(json: Json = False) -> None:
    """Ask the chat model something tiny: does it answer, stream, keep to a form, and how fast."""
    from api.terminal.models import check

    raise typer.Exit(check(json=json))


@models.command("serve")
def serve_verb(
    port: Annotated[
        int, typer.Option("--port", min=1, max=65535, help="Port to listen on, on this machine alone.")
    ] = 8080,
) -> None:
    """Run the small model of the extra `local-llm` behind OpenAI's protocol."""
    from api.terminal.models import serve

    raise typer.Exit(serve(port))
