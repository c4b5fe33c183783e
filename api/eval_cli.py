"""The terminal's verbs for measuring: `pincite eval`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from api.options import Index, Json

evaluation = typer.Typer(
    help="Measure on question sets.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Questions = Annotated[
    Path | None,
    typer.Option(
        "--questions", metavar="FILE", help="The questions asked.", show_default="the file that was run"
    ),
]
# As `evals.questions.Split`, whose import would slow down every `--help`.
Which = Annotated[
    Literal["all", "development", "test"],
    typer.Option("--split", help="Score one split of the questions alone."),
]


@evaluation.command("run")
def run_verb(
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS", help="Questions, JSON Lines.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="RUN", help="Run file; one that exists is gone on with.")
    ],
    index: Index = None,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", min=1, max=64, help="Questions asked at the same time; helps with a remote chat model."
        ),
    ] = 1,
) -> None:
    """Ask every question, and keep what was said."""
    from api.terminal.evaluating import run

    raise typer.Exit(run(index, questions, out, jobs))


@evaluation.command("score")
def score_verb(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file.")],
    questions: Annotated[
        Path | None,
        typer.Argument(
            metavar="[QUESTIONS]", help="The questions asked.", show_default="the file that was run"
        ),
    ] = None,
    index: Index = None,
    split: Which = "all",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the scores there, as JSON.")
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Fail if scores fall short of it.")
    ] = None,
    json: Json = False,
) -> None:
    """Hold a run against its questions: tables by type of question and overall."""
    from api.terminal.scoring import score_run

    raise typer.Exit(score_run(index, run, questions, split, out, baseline, as_json=json))


@evaluation.command("compare")
def compare_verb(
    before: Annotated[Path, typer.Argument(metavar="RUN_A", help="A run file.")],
    after: Annotated[Path, typer.Argument(metavar="RUN_B", help="Another, of the same questions.")],
    questions: Questions = None,
    index: Index = None,
    split: Which = "all",
    json: Json = False,
) -> None:
    """Say what changed from one run to another, how surely, and which questions flipped."""
    from api.terminal.scoring import compare_runs

    raise typer.Exit(compare_runs(index, before, after, questions, split, as_json=json))


@evaluation.command("report")
def report_verb(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run files of the same questions.")],
    html: Annotated[Path, typer.Option("--html", metavar="FILE", help="The page to write.")],
    questions: Questions = None,
    index: Index = None,
    split: Which = "all",
) -> None:
    """Write one page with tables, charts and every question, its citations and gold in context."""
    from api.terminal.scoring import report_runs

    raise typer.Exit(report_runs(index, runs, questions, split, html))


@evaluation.command("import")
def import_verb(
    form: Annotated[str, typer.Argument(metavar="FORM", help="`beir`, `squad` or `hotpotqa`.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A BEIR folder, or a JSON file.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where corpus and questions go.")],
) -> None:
    """Turn a public set into `corpus.jsonl` to ingest and `questions.jsonl` to ask."""
    from api.terminal.evaluating import take_in

    raise typer.Exit(take_in(form, path, out))
