"""`kawan serve`: everything is checked, then brain, app and demo company are started and watched."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL

import httpx

from bot.accounts import Accounts
from bot.backend.control import DemoControl
from bot.cli import checks
from bot.cli.checks import BRAIN_PYTHON, CannotStart
from bot.cli.processes import Child, Signals, StartFailed, Supervisor, kill_group, say, spawn
from bot.settings import ROOT, Settings
from bot.store import schema
from bot.store.clock import ProductClock, real_now
from bot.store.engine import open_store
from components import train

_START_PATIENCE = 180.0
_GRACE = 6.0
_OURS = ("KAWAN_", "TELEGRAM_", "WHATSAPP_", "DEMO_")
_QUIET = {"RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONUTF8": "1"}


def serve(settings: Settings) -> int:
    """Until asked to stop; the exit status."""
    checks.files(settings)
    with closing(checks.ports(settings)) as listener, Signals() as signals:
        secrets = settings.secrets  # made before anybody else asks for them
        model = _model(settings, signals)
        if signals.stops:
            return 0
        new_accounts = _prepare(settings)
        listener.listen(2048)
        children = [_app(settings, listener)]
        if model is not None:
            children.insert(0, _brain(settings, model, secrets.rasa_token))
        if settings.backend_is_demo:
            children.insert(0, _demo(settings, secrets.backend_token))
        return _run(settings, Supervisor(children, signals, say), signals, new_accounts)


def _run(
    settings: Settings, supervisor: Supervisor, signals: Signals, new_accounts: list[tuple[str, str]]
) -> int:
    names = ", ".join(child.name for child in supervisor.children)
    say("start", f"{names}; logs in {_short(settings.log_dir)}")
    began = time.monotonic()
    try:
        if supervisor.start(_START_PATIENCE):
            if settings.backend_is_demo:
                _align_demo(settings)
            _announce(settings, time.monotonic() - began, new_accounts)
            supervisor.watch()
        say("stop", "stopping")
        return 0
    except StartFailed as error:
        sys.stderr.write(f"kawan serve: {error}\n")
        return 1
    finally:
        supervisor.stop((("app",), ("brain", "demo")), _GRACE)


# -- before anything is started


def _model(settings: Settings, signals: Signals) -> Path | None:
    """The model to serve, trained where there is none for the present data; None where the brain is not ours."""
    if not settings.brain_is_ours:
        return None
    model = settings.model or train.trained_model(ROOT)
    if model is None:
        say("train", "there is no model for the present data and configuration; training, a minute or two")
        # Its own word for where the model is: the data may have changed since.
        model = _train(signals)
        if model is None and not signals.stops:
            raise CannotStart("the model could not be trained; see above. `kawan train` tries again")
    return model


def _train(signals: Signals) -> Path | None:
    command = [str(BRAIN_PYTHON), "-m", "components.train"]
    with tempfile.TemporaryFile() as result, tempfile.TemporaryFile() as said:
        process = spawn(command, env=_plain() | _QUIET, stdout=result, stderr=said, cwd=ROOT)
        shown = 0
        while True:
            over = process.poll() is not None
            said.seek(shown)
            whole, newline, _ = said.read().rpartition(b"\n")
            for line in whole.decode("utf-8", "replace").splitlines():
                say("train", line.removeprefix("training: "))
            shown += len(whole) + len(newline)
            if over:
                result.seek(0)
                path = result.read().decode().strip()
                return Path(path) if process.returncode == 0 and path else None
            if signals.stops:
                kill_group(process, SIGKILL)
                process.wait()
                return None
            signals.wait(0.3)


def _prepare(settings: Settings) -> list[tuple[str, str]]:
    """Bring the database up to date; the demo's logins and passwords if they were made just now."""
    schema.upgrade(settings.database_url)
    store = open_store(settings.database_url, settings.secrets.secret_key, pool_size=1)
    try:
        clock = ProductClock(store)
        if settings.now is not None and clock.start_at(settings.now):
            # The demo counts in whole seconds; both clocks are to show the same.
            fraction = clock.offset() % timedelta(seconds=1)
            clock.advance(timedelta(seconds=1) - fraction if fraction else timedelta())
        if not settings.backend_is_demo:
            return []
        return Accounts(store, clock).create_demo_users(settings.accounts_file)
    finally:
        store.close()


def product_offset(settings: Settings) -> timedelta:
    store = open_store(settings.database_url, settings.secrets.secret_key, pool_size=1)
    try:
        return ProductClock(store).offset()
    finally:
        store.close()


def _align_demo(settings: Settings) -> None:
    """The product's clock is the truth; a demo company of another time follows it."""
    wanted = round(product_offset(settings).total_seconds())
    control = DemoControl.at(settings.backend_url, settings.secrets.backend_token)
    try:
        if control.clock()[1] != wanted:
            control.set_clock(offset_seconds=wanted)
    finally:
        control.close()


# -- the three processes


def _app(settings: Settings, listener: socket.socket) -> Child:
    number = listener.fileno()
    return Child(
        "app",
        [sys.executable, "-m", "bot.app", "--fd", str(number)],
        settings.environment() | {"PYTHONUTF8": "1"},
        settings.log_dir / "app.log",
        ROOT,
        _asks(f"{settings.app_url}/readyz", lambda answer: answer.json()["status"] == "ready"),
        # Ours stays open, so that customers' requests wait while the app is started again.
        pass_fds=(number,),
    )


def _brain(settings: Settings, model: Path, token: str) -> Child:
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
        _plain() | _QUIET | given,
        settings.log_dir / "brain.log",
        ROOT,
        _asks(f"{settings.rasa_url}/status?token={token}", lambda _: True),
    )


def demo_environment(settings: Settings, token: str) -> dict[str, str]:
    given = {
        "DEMO_TOKEN": token,
        "DEMO_DATABASE_URL": settings.demo_database_url,
        "DEMO_EVENTS_URL": settings.app_url,
        "DEMO_PUBLIC_URL": settings.backend_url,
    }
    offset = product_offset(settings)
    if offset:
        # Only an empty demo company takes it: its bookings are dated from the product's time.
        given["DEMO_NOW"] = (real_now() + offset).isoformat()
    return _plain() | {"PYTHONUTF8": "1"} | given


def _demo(settings: Settings, token: str) -> Child:
    address = ["--host", settings.host, "--port", str(settings.demo_port), "--log-level", "warning"]
    return Child(
        "demo",
        [sys.executable, "-m", "demo", *address],
        demo_environment(settings, token),
        settings.log_dir / "demo.log",
        ROOT,
        _asks(f"{settings.backend_url}/healthz", lambda _: True),
    )


def _plain() -> dict[str, str]:
    """The environment without the product's settings: a process is told what it needs, and no secret more."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}


def _asks(url: str, means: Callable[[httpx.Response], bool]) -> Callable[[float], bool]:
    def ready(seconds: float) -> bool:
        try:
            answer = httpx.get(url, timeout=seconds, trust_env=False)
            return answer.status_code == 200 and means(answer)
        except (httpx.HTTPError, ValueError, KeyError):
            return False

    return ready


# -- what is printed


def _announce(settings: Settings, seconds: float, new_accounts: list[tuple[str, str]]) -> None:
    base = settings.app_url
    say("ready", f"after {seconds:.1f} s; Ctrl-C stops everything")
    for path, what in PAGES:
        say("ready", f"{base + path:<40}{what}")
    if settings.backend_is_demo:
        say("ready", f"{settings.backend_url + '/':<40}the demo company's pages for paying and tickets")
    if new_accounts:
        say("login", f"kept in {_short(settings.accounts_file)}, shown this once")
        for login, password in new_accounts:
            say("login", f"{login:<12}{password}")
    elif settings.accounts_file.exists():
        say("login", f"see {_short(settings.accounts_file)}")


PAGES = (
    ("/", "start page"),
    ("/chat", "the chat, as a customer sees it"),
    ("/api/docs", "OpenAPI"),
)


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
