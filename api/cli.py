"""The terminal door: `pincite`.

What a verb needs is imported when it runs: `pincite --help` loads no model, no index, no server.
Each verb stands in a module of `api.terminal`.
"""

import sqlite3
import sys
from datetime import datetime
from typing import Annotated

import typer

from api.errors import Misuse
from api.eval_cli import evaluation
from api.key_cli import keys
from api.model_cli import models
from api.options import Index, Json
from api.terminal.exits import FAILED, INTERRUPTED, MISUSED, hush_broken_pipe
from api.upkeep_cli import add_upkeep
from evals.errors import EvalError
from ingest.errors import IngestError
from qa.errors import BadQuestion, QaError

NAME = "pincite"
DAY = ["%Y-%m-%d"]

app = typer.Typer(
    name=NAME,
    help="Answers from your own documents, every statement cited to its exact source sentence.",
    epilog="Exit codes: 0 answered, 3 abstained, 1 failed, 2 misuse. Settings: docs/settings.md.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help, and in a third of the time
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(evaluation, name="eval")
app.add_typer(keys, name="key")
app.add_typer(models, name="models")

Documents = Annotated[
    list[str] | None,
    typer.Option("--document", metavar="ID", help="Only this document; `notes/*` for all that begin so."),
]
Sources = Annotated[
    list[str] | None, typer.Option("--source", metavar="NAME", help="Only what this source published.")
]
From = Annotated[
    datetime | None,
    typer.Option("--from", metavar="DAY", formats=DAY, help="Only what was published from YYYY-MM-DD on."),
]
To = Annotated[
    datetime | None,
    typer.Option("--to", metavar="DAY", formats=DAY, help="Only what was published up to YYYY-MM-DD."),
]


def main() -> None:
    """Runs the command line; the process ends here."""
    for stream in (sys.stdout, sys.stderr):
        # JSON is UTF-8 whatever the terminal says, and no document may break a print.
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr] # real streams have it
    try:
        app(prog_name=NAME)
    except BrokenPipeError:
        hush_broken_pipe()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except (Misuse, BadQuestion) as error:
        _complain(error, MISUSED)
    except (EvalError, IngestError, QaError, OSError, sqlite3.Error) as error:
        _complain(error, FAILED)


def _complain(error: Exception, code: int) -> None:
    print(f"{NAME}: {error}", file=sys.stderr)  # noqa: T201 - a door prints
    sys.exit(code)


def _print_version(wanted: bool) -> None:
    if wanted:
        from api.terminal.version import version_line

        typer.echo(version_line())
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


@app.command("ingest")
def ingest_verb(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Files, folders, globs.", show_default="corpus/"),
    ] = None,
    index: Index = None,
    prune: Annotated[bool, typer.Option("--prune", help="Also drop documents whose files are gone.")] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Drop the old index first.")] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            "--ray",
            metavar="ADDRESS",
            help="Have a Ray cluster read, split and embed: `HOST:6379`, `ray://HOST:10001`, `auto`, or"
            " `local` for this machine's cores.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Read files into the index; what is unchanged is passed over."""
    from api.terminal.ingesting import ingest

    raise typer.Exit(ingest(index, paths or [], ray, prune=prune, rebuild=rebuild, json=json))


@app.command("ask")
def ask_verb(
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTION",
            help="The question; `-` reads it from standard input.",
            show_default="prompt",
        ),
    ] = None,
    index: Index = None,
    document: Documents = None,
    source: Sources = None,
    since: From = None,
    until: To = None,
    trace: Annotated[bool, typer.Option("--trace", help="Also show how the answer came about.")] = False,
    json: Json = False,
) -> None:
    """Answer a question, with the sentences the answer stands on."""
    from api.terminal.asking import ask
    from api.terminal.filtering import filters

    raise typer.Exit(ask(index, question, filters(document, source, since, until), trace=trace, json=json))


@app.command("search")
def search_verb(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What to look for.")],
    index: Index = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100, help="Passages at most.")] = 10,
    document: Documents = None,
    source: Sources = None,
    since: From = None,
    until: To = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also show ranks and scores.")] = False,
    json: Json = False,
) -> None:
    """Find passages, best first."""
    from api.terminal.filtering import filters
    from api.terminal.searching import search

    chosen = filters(document, source, since, until)
    raise typer.Exit(search(index, query, chosen, limit, explain=explain, json=json))


@app.command("show")
def show_verb(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="Id of a document.")],
    index: Index = None,
    sentence: Annotated[int | None, typer.Option("--sentence", min=0, help="Highlight this one.")] = None,
    json: Json = False,
) -> None:
    """Print a document with its sentences numbered."""
    from api.terminal.showing import show

    raise typer.Exit(show(index, document, sentence, json=json))


@app.command("status")
def status_verb(
    index: Index = None,
    documents: Annotated[bool, typer.Option("--documents", help="List the documents, too.")] = False,
    json: Json = False,
) -> None:
    """Say what the index holds."""
    from api.terminal.showing import status

    raise typer.Exit(status(index, documents=documents, json=json))


@app.command("remove")
def remove_verb(
    documents: Annotated[list[str], typer.Argument(metavar="DOCUMENT", help="Ids of documents.")],
    index: Index = None,
) -> None:
    """Drop documents from the index, with all that was made of them; files that were not uploaded stay."""
    from api.terminal.ingesting import remove

    raise typer.Exit(remove(index, documents))


@app.command("purge")
def purge_verb(index: Index = None) -> None:
    """Delete what is left on disk of removed documents, where `remove` or `ingest` said so."""
    from api.terminal.ingesting import purge

    raise typer.Exit(purge(index))


@app.command("verify")
def verify_verb(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Saved answers as JSON; `-` reads standard input.")
    ],
    index: Index = None,
    json: Json = False,
) -> None:
    """Check saved citations against the documents as they are now."""
    from api.terminal.verifying import verify

    raise typer.Exit(verify(index, file, json=json))


@app.command("serve")
def serve_verb(
    index: Index = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on.", show_default="setting serve.host")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to listen on.", show_default="setting serve.port")
    ] = None,
) -> None:
    """Answer over HTTP."""
    from api.terminal.serving import serve

    raise typer.Exit(serve(index, host, port))


@app.command("mcp")
def mcp_verb(
    index: Index = None,
    http: Annotated[
        bool, typer.Option("--http", help="Over streamable HTTP at /mcp, on this machine alone.")
    ] = False,
    port: Annotated[
        int | None,
        typer.Option("--port", help="Port to listen on with --http.", show_default="setting serve.port"),
    ] = None,
) -> None:
    """Offer the documents to other programs' models: MCP on standard input and output."""
    from api.terminal.tool_serving import serve_tools

    raise typer.Exit(serve_tools(index, port, http=http))


add_upkeep(app)
