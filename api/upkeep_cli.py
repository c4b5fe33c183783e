"""The terminal's verbs for looking after an index: `pincite doctor`, `backup` and `restore`."""

from pathlib import Path
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


def backup_verb(
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="A folder, or a file that is not there yet.")
    ],
    index: Index = None,
    json: Json = False,
) -> None:
    """Write everything that cannot be made again into one archive, while others ask and ingest."""
    from api.terminal.upkeep import backup

    raise typer.Exit(backup(index, target, json=json))


def restore_verb(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    index: Index = None,
    json: Json = False,
) -> None:
    """Bring a backup back into an empty index folder."""
    from api.terminal.upkeep import restore

    raise typer.Exit(restore(index, archive, json=json))


def add_upkeep(app: typer.Typer) -> None:
    """Adds these verbs to the command."""
    app.command("doctor")(doctor_verb)
    app.command("backup")(backup_verb)
    app.command("restore")(restore_verb)
