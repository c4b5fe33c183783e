"""The terminal's verbs for looking after an index: `pincite doctor`, `backup` and `restore`."""

from typing import Annotated

import typer

from api.options import Index, Json


def doctor_verb(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="With --repair: files, folders, globs to read as well."),
    ] = None,
    index: Index = None,
    repair: Annotated[bool, typer.Option("--repair", help="Set right what can be.")] = False,
    json: Json = False,
) -> None:
    """Say what is wrong with the index, and repair it."""
    from api.terminal.upkeep import doctor

    raise typer.Exit(doctor(index, paths or [], repair=repair, json=json))


def add_upkeep(app: typer.Typer) -> None:
    """Adds these verbs to the command."""
    app.command("doctor")(doctor_verb)
