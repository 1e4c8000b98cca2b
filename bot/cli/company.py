"""Situations of the demo company, from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.backend.control import ControlRefused
from bot.cli.common import BadInput, demands_demo, demo_company, show, show_json
from bot.settings import Settings

_LARGEST = 20_000_000


def read_situation(file: Path) -> Any:
    """The file's JSON; `BadInput` names the line where it is none."""
    try:
        if file.stat().st_size > _LARGEST:
            raise BadInput(f"{file}: larger than {_LARGEST // 1_000_000} MB")
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror or error}") from error
    except json.JSONDecodeError as error:
        raise BadInput(f"{file}:{error.lineno}: not JSON: {error.msg} (column {error.colno})") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{file}: not JSON in UTF-8: {error}") from error


def load(settings: Settings, file: Path, *, as_json: bool) -> None:
    demands_demo(settings, "`kawan backend load`")
    situation = read_situation(file)
    with demo_company(settings) as control:
        try:
            loaded = control.load(situation)
        except ControlRefused as error:
            raise BadInput(refusal(file, error)) from error
    if as_json:
        show_json(loaded)
    else:
        show(
            f"{_count(loaded['set_up'])} set up, {_count(loaded['unchanged'])} unchanged; bookings: "
            f"{', '.join(loaded['bookings']) or 'none'}"
        )


def refusal(file: Path, error: ControlRefused) -> str:
    problems = [f"{file}: {path}: {message}" for path, message in error.problems]
    return "\n".join(problems) or f"{file}: {error.detail}"


def _count(value: Any) -> int:
    return value if isinstance(value, int) else len(value)


def reset(settings: Settings, *, fill: bool, as_json: bool) -> None:
    demands_demo(settings, "`kawan backend reset`")
    with demo_company(settings) as control:
        done = control.reset(fill=fill)
    if as_json:
        show_json(done)
    else:
        show(f"{done['bookings']} bookings")


def schema(settings: Settings) -> None:
    demands_demo(settings, "`kawan backend schema`")
    with demo_company(settings) as control:
        show_json(control.schema())
