"""What several commands need: errors with their exit status, printing, the store, the demo company."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from signal import SIGTERM
from typing import Any

from bot.backend.control import DemoControl
from bot.cli.children import asks, demo_environment
from bot.cli.prepare import align_demo, product_offset
from bot.cli.processes import kill_group, spawn
from bot.errors import KawanError
from bot.settings import ROOT, Settings
from bot.store import schema
from bot.store.engine import Store, open_store


class BadInput(KawanError):
    """What was given to a command cannot be used."""

    status = 2


class Failed(KawanError):
    """A command could not do what it was asked."""


def show(line: str = "") -> None:
    sys.stdout.write(line + "\n")


def show_json(value: Any) -> None:
    show(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show_table(rows: Sequence[dict[str, Any]], columns: Sequence[str], empty: str) -> None:
    if not rows:
        show(empty)
        return
    cells = [[column.upper() for column in columns]]
    cells += [[str(row.get(column, "")) for column in columns] for row in rows]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    for line in cells:
        show("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """The product's database, which has to be up to date."""
    schema.check(settings.database_url)
    store = open_store(settings.database_url, settings.secrets.secret_key, pool_size=2)
    try:
        yield store
    finally:
        store.close()


def demands_demo(settings: Settings, what: str) -> None:
    if not settings.backend_is_demo:
        raise BadInput(f"{what} works on the demo company only; KAWAN_BACKEND_URL names another system")


@contextmanager
def demo_company(settings: Settings) -> Iterator[DemoControl]:
    """The demo company: the one that runs, else one on the same database for as long as the command takes."""
    control = DemoControl.at(settings.backend_url, settings.secrets.backend_token)
    process = None
    try:
        if not _answers(settings):
            schema.upgrade(settings.database_url)
            offset = product_offset(settings)
            process = _start_demo(settings, offset)
            _await(settings, process)
            # Its bookings are dated from the product's clock, wherever that was moved meanwhile.
            align_demo(settings, offset)
        yield control
    finally:
        control.close()
        if process is not None:
            kill_group(process, SIGTERM)
            process.wait()


def running_demo(settings: Settings) -> DemoControl | None:
    if not _answers(settings):
        return None
    return DemoControl.at(settings.backend_url, settings.secrets.backend_token)


def _answers(settings: Settings) -> bool:
    return asks(f"{settings.backend_url}/healthz", lambda told: bool(told["company"]))(2.0)


def _start_demo(settings: Settings, offset: timedelta) -> subprocess.Popen[bytes]:
    environment = demo_environment(settings, settings.secrets.backend_token, offset)
    environment.pop("DEMO_EVENTS_URL")  # nobody is there to take them; kept, they go out at the next start
    command = [sys.executable, "-m", "demo", "--port", str(settings.demo_port), "--log-level", "critical"]
    return spawn(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)


def _await(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not _answers(settings):
        if process.poll() is not None:
            raise Failed("the demo company did not start: is KAWAN_DEMO_PORT taken? `python -m demo` tells")
        if time.monotonic() > deadline:
            raise Failed("the demo company did not start within a minute")
        time.sleep(0.1)
