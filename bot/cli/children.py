"""The three processes of the product: how each is started, and what it is told."""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.cli.checks import BRAIN_PYTHON
from bot.cli.processes import Child
from bot.settings import ROOT, Settings

_OURS = ("KAWAN_", "TELEGRAM_", "WHATSAPP_", "DEMO_")
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUTF8": "1"}


def app(settings: Settings, listener: socket.socket) -> Child:
    number = listener.fileno()
    return Child(
        "app",
        [sys.executable, "-m", "bot.app", "--fd", str(number)],
        settings.environment() | {"PYTHONUTF8": "1"},
        settings.log_dir / "app.log",
        ROOT,
        asks(f"{settings.app_url}/readyz", lambda told: told["status"] == "ready"),
        # Ours stays open, so that customers' requests wait while the app is started again.
        pass_fds=(number,),
    )


def brain(settings: Settings, model: Path, token: str) -> Child:
    given = {"KAWAN_RASA_TOKEN": token, "KAWAN_ACTIONS_URL": f"{settings.app_url}/internal/actions"}
    return Child(
        "brain",
        [
            str(BRAIN_PYTHON),
            "-m",
            "components.serve",
            "--model",
            str(model),
            "--port",
            str(settings.brain_port),
        ],
        plain() | QUIET | given,
        settings.log_dir / "brain.log",
        ROOT,
        asks(f"{settings.rasa_url}/status?token={token}", lambda _: True),
    )


def demo_environment(settings: Settings, token: str, offset: timedelta) -> dict[str, str]:
    given = {
        "DEMO_TOKEN": token,
        "DEMO_DATABASE_URL": settings.demo_database_url,
        "DEMO_EVENTS_URL": settings.app_url,
        "DEMO_PUBLIC_URL": settings.backend_url,
    }
    if offset:
        # Only an empty demo company takes it: its bookings are dated from the product's time.
        given["DEMO_NOW"] = (datetime.now(UTC) + offset).isoformat()
    return plain() | {"PYTHONUTF8": "1"} | given


def demo(settings: Settings, token: str, offset: timedelta) -> Child:
    address = ["--host", settings.host, "--port", str(settings.demo_port), "--log-level", "warning"]
    return Child(
        "demo",
        [sys.executable, "-m", "demo", *address],
        demo_environment(settings, token, offset),
        settings.log_dir / "demo.log",
        ROOT,
        asks(f"{settings.backend_url}/healthz", lambda _: True),
    )


def plain() -> dict[str, str]:
    """The environment without the product's settings: a process is told what it needs, and no secret more."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def asks(url: str, means: Callable[[Any], bool]) -> Callable[[float], bool]:
    """Asks an address of this machine's, without any proxy; `means` judges the JSON of its answer."""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}"

    def ready(seconds: float) -> bool:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.status == 200 and means(json.loads(answer.read()))
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            return False
        finally:
            connection.close()

    return ready
