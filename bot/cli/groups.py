"""Commands with commands of their own: sop, backend, conversation, user, db, clock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _group(text: str) -> typer.Typer:
    return typer.Typer(help=text, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


sop = _group("The company's rules: are they right, what do they decide.")
backend = _group("The demo company: situations, reset, format.")
conversation = _group("Stored conversations.")
user = _group("People who log in at desk, studio and operations.")
db = _group("The database's schema.")
clock = _group("The product's clock (demo company only).")
GROUPS = {
    "sop": sop,
    "backend": backend,
    "conversation": conversation,
    "user": user,
    "db": db,
    "clock": clock,
}


@sop.command("check")
def sop_check(
    folder: Annotated[Path | None, typer.Argument(help="Default: KAWAN_COMPANY_DIR.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read company/ and domain.yml; name file and line of the first mistake."""
    from bot import settings
    from bot.cli.rules import check

    check(settings.load(), folder, as_json=as_json)


@sop.command("explain")
def sop_explain(
    case: Annotated[str | None, typer.Argument(help="A case's id, or a booking code.")] = None,
    cause: Annotated[str | None, typer.Option(help="Decide on this cause instead.")] = None,
    figure: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; may be repeated.")] = None,
    granted: Annotated[int, typer.Option(min=0, help="Rupiah given to the customer this month.")] = 0,
    as_json: AsJson = False,
) -> None:
    """What the SOP allows and why, rule by rule."""
    from bot import settings
    from bot.cli.rules import explain

    explain(settings.load(), case, cause, figure or [], granted, as_json=as_json)


@backend.command("load")
def backend_load(file: Path, as_json: AsJson = False) -> None:
    """Set the situations of a JSON file up; twice changes nothing."""
    from bot import settings
    from bot.cli.company import load

    load(settings.load(), file, as_json=as_json)


@backend.command("reset")
def backend_reset(
    empty: Annotated[bool, typer.Option("--empty", help="Leave it empty.")] = False, as_json: AsJson = False
) -> None:
    """Back to the seed, dated from the product's clock."""
    from bot import settings
    from bot.cli.company import reset

    reset(settings.load(), fill=not empty, as_json=as_json)


@backend.command("schema")
def backend_schema() -> None:
    """JSON Schema of situation files."""
    from bot import settings
    from bot.cli.company import schema

    schema(settings.load())


@conversation.command("list")
def conversation_list(
    channel: Annotated[str | None, typer.Option(help="web, telegram or whatsapp.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """The latest conversations."""
    from bot import settings
    from bot.cli.transcripts import list_all

    list_all(settings.load(), channel, limit, as_json=as_json)


@conversation.command("show")
def conversation_show(
    channel: Annotated[str, typer.Option(help="web, telegram or whatsapp.")],
    id: Annotated[str, typer.Option("--id", help="The platform's id; on the web the conversation.")],
    as_json: AsJson = False,
) -> None:
    """A stored transcript, in order."""
    from bot import settings
    from bot.cli.transcripts import show_one

    show_one(settings.load(), channel, id, as_json=as_json)


@user.command("add")
def user_add(
    login: str,
    role: Annotated[str, typer.Option(help="agent, supervisor, trainer or admin.")],
    name: Annotated[str | None, typer.Option(help="As customers see it; default: the login.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password; else one is made and printed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make an account."""
    from bot import settings
    from bot.accounts import Accounts, new_password
    from bot.cli.common import opened, show, show_json
    from bot.store.clock import ProductClock

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else new_password()
    with opened(settings.load()) as store:
        account = Accounts(store, ProductClock(store)).add_user(login, name or login, role, password)
    made = {"login": account.login, "role": account.role, "name": account.name}
    if not password_stdin:
        made["password"] = password
    if as_json:
        show_json(made)
    else:
        show("  ".join(made.values()))


@user.command("list")
def user_list(as_json: AsJson = False) -> None:
    """All accounts."""
    from bot import settings
    from bot.accounts import Accounts
    from bot.cli.common import opened, show_json, show_table
    from bot.store.clock import ProductClock

    with opened(settings.load()) as store:
        rows = Accounts(store, ProductClock(store)).list_users()
    if as_json:
        show_json(rows)
    else:
        show_table(rows, ("login", "role", "name", "disabled", "created_at"), "there is none")


@user.command("disable")
def user_disable(login: str) -> None:
    """Close an account; its sessions end at once."""
    from bot import settings
    from bot.accounts import Accounts
    from bot.cli.common import opened, show
    from bot.store.clock import ProductClock

    with opened(settings.load()) as store:
        Accounts(store, ProductClock(store)).disable_user(login)
    show(f"{login} is disabled")


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the schema, or bring it up to date."""
    from bot import settings
    from bot.cli.common import show
    from bot.store import schema

    schema.upgrade(settings.load().database_url)
    show(f"up to date: {schema.head()}")


@db.command("check")
def db_check() -> None:
    """Whether the schema is this release's."""
    from bot import settings
    from bot.cli.common import show
    from bot.store import schema

    schema.check(settings.load().database_url)
    show(f"up to date: {schema.head()}")


@clock.command("show")
def clock_show(as_json: AsJson = False) -> None:
    """The product's time, and how far it is from real time."""
    from bot import settings
    from bot.cli.times import show_clock

    show_clock(settings.load(), as_json=as_json)


@clock.command("advance")
def clock_advance(
    by: Annotated[str, typer.Argument(help="2d, 90m, 1d12h; units w, d, h, m, s.")], as_json: AsJson = False
) -> None:
    """Move the product's clock on."""
    from bot import settings
    from bot.cli.times import advance

    advance(settings.load(), by, as_json=as_json)
