"""The terminal's verbs for measuring: `pincite eval`."""

from pathlib import Path
from typing import Annotated

import typer

evaluation = typer.Typer(
    help="Measure on question sets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Index = Annotated[
    Path | None,
    typer.Option("--index", metavar="DIR", help="Folder of the index.", show_default="setting index"),
]


@evaluation.command("run")
def run_verb(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="Questions, JSON Lines.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="RUN", help="Run file; one that exists is gone on with.")
    ],
    index: Index = None,
) -> None:
    """Ask every question, and keep what was said."""
    from api.terminal.evaluating import run

    raise typer.Exit(run(index, questions, out))


@evaluation.command("score")
def score_verb(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="The questions it asked.")],
    index: Index = None,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Hold a run against its questions: tables by type of question and overall."""
    from api.terminal.evaluating import score_run

    raise typer.Exit(score_run(index, run, questions, json=json))


@evaluation.command("import")
def import_verb(
    form: Annotated[str, typer.Argument(metavar="FORM", help="`beir`, `squad` or `hotpotqa`.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A BEIR folder, or a JSON file.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where corpus and questions go.")],
) -> None:
    """Turn a public set into `corpus.jsonl` to ingest and `questions.jsonl` to ask."""
    from api.terminal.evaluating import take_in

    raise typer.Exit(take_in(form, path, out))
