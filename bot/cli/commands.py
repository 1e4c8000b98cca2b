"""Every command of `kawan`. What a command needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.groups import GROUPS
from bot.errors import BadSettings, KawanError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    name="kawan",
    help="Kawan, customer care in Indonesian. Exit status: 0 done, 1 failed, 2 bad input.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _name, _group in GROUPS.items():
    app.add_typer(_group, name=_name)


def run() -> int:
    try:
        if sys.argv[1:2] == ["parse"]:
            _brain("components.parsing", sys.argv[2:])  # texts may look like options: nobody else reads them
        app(prog_name="kawan")
    except BadSettings as error:
        return _refuse(error, 2)
    except KawanError as error:
        return _refuse(error, getattr(error, "status", 1))
    except BrokenPipeError:
        # Whoever read us has gone; else the interpreter complains once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _refuse("nobody reads the output any more", 1)
    except Exception as error:
        database = sys.modules.get("sqlalchemy.exc")
        if database is not None and isinstance(error, database.DBAPIError):
            return _refuse(f"database: {str(error.orig).strip().splitlines()[0]}", 1)
        raise
    return 0


def _refuse(error: object, status: int) -> int:
    sys.stderr.write(f"kawan: {error}\n")
    return status


def _brain(module: str, arguments: list[str]) -> None:
    """Become a program of the brain's environment."""
    from bot.cli.checks import BRAIN_PYTHON, CannotStart

    if not BRAIN_PYTHON.exists():
        raise CannotStart(f"{BRAIN_PYTHON} is missing: run `make setup`")
    quiet = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUTF8": "1"}
    command = [str(BRAIN_PYTHON), "-m", module, *arguments]
    os.execve(BRAIN_PYTHON, command, os.environ | quiet)  # noqa: S606 - no shell is wanted


@app.command()
def serve() -> None:
    """Start brain, app and demo company and watch them; Ctrl-C stops them."""
    from bot import settings
    from bot.cli import serve

    raise typer.Exit(serve.serve(settings.load()))


@app.command()
def parse(
    texts: Annotated[list[str] | None, typer.Argument(metavar="TEXT...")] = None,
    jsonl: Annotated[Path | None, typer.Option(help='One {"text": ..., "sent_at"?: ...} per line.')] = None,
) -> None:
    """What the newest model makes of texts; one JSON object per line."""
    raise AssertionError("answered by run()")


@app.command()
def train(force: Annotated[bool, typer.Option(help="Train although the model is there.")] = False) -> None:
    """Train the model of the present data and configuration, unless it is there."""
    _brain("components.train", ["--force"] if force else [])


@app.command()
def chat(
    situation: Annotated[
        Path | None, typer.Option(help="Set this situation up first.", metavar="FILE")
    ] = None,
    phone: Annotated[
        str | None, typer.Option("--as", help="Be the demo customer with this phone, signed in.")
    ] = None,
) -> None:
    """Play a customer in the terminal, through the running product."""
    from bot import settings
    from bot.cli import chat

    chat.chat(settings.load(), situation, phone)


@app.command()
def queue(as_json: AsJson = False) -> None:
    """Conversations that wait for a person."""
    from bot import settings
    from bot.cli.common import opened, show_json, show_table
    from bot.store.conversations import waiting_for_human

    with opened(settings.load()) as store, store.reading() as session:
        rows = [dict(row) for row in waiting_for_human(session)]
    if as_json:
        show_json(rows)
    else:
        show_table(rows, ("conversation", "channel", "id", "since", "priority"), "nobody waits")


@app.command()
def identity(phone: str, as_json: AsJson = False) -> None:
    """A signed web identity of the demo customer with this phone."""
    from bot import settings
    from bot.cli.common import show, show_json
    from bot.cli.people import identity_of

    claims = identity_of(settings.load(), phone)
    if as_json:
        show_json(claims)
    else:
        show(claims["identity"])


@app.command()
def bench(
    quick: Annotated[bool, typer.Option(help="Few repetitions, no stock Rasa: does it work?")] = False,
) -> None:
    """Measure; prints a table and writes bench/results.json."""
    from bench.run import run_all

    raise typer.Exit(run_all(quick=quick))
