"""`kawan serve`: everything is checked, then brain, app and demo company are started and watched."""

from __future__ import annotations

import socket
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from signal import SIGKILL

from bot.cli import checks, children
from bot.cli.checks import BRAIN_PYTHON, CannotStart
from bot.cli.processes import Signals, StartFailed, Supervisor, kill_group, say, spawn
from bot.settings import ROOT, Settings
from components import train

_START_PATIENCE = 180.0
_GRACE = 6.0


def serve(settings: Settings) -> int:
    """Until asked to stop; the exit status."""
    checks.files(settings)
    with closing(checks.ports(settings)) as listener, Signals() as signals:
        model = _model(settings, signals)
        if signals.stops:
            return 0
        supervisor = Supervisor(signals, say)
        try:
            return _run(settings, supervisor, listener, model)
        except StartFailed as error:
            sys.stderr.write(f"kawan serve: {error}\n")
            return 1
        finally:
            supervisor.stop((("app",), ("brain", "demo")), _GRACE)


def _run(settings: Settings, supervisor: Supervisor, listener: socket.socket, model: Path | None) -> int:
    began = time.monotonic()
    secrets = settings.secrets  # made before anybody else asks for them
    say("start", f"logs in {_short(settings.log_dir)}")
    if model is not None:
        # It takes longest, and needs nothing of what follows.
        supervisor.add(children.brain(settings, model, secrets.rasa_token))
    from bot.cli import prepare  # the store is slow to import

    prepared = prepare.prepare(settings)
    listener.listen(2048)
    if settings.backend_is_demo:
        supervisor.add(children.demo(settings, secrets.backend_token, prepared.offset))
    supervisor.add(children.app(settings, listener))
    if supervisor.await_ready(_START_PATIENCE):
        if settings.backend_is_demo:
            prepare.align_demo(settings, prepared.offset)
        _announce(settings, time.monotonic() - began, prepared.new_accounts)
        supervisor.watch()
    say("stop", "stopping")
    return 0


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
        process = spawn(command, env=children.plain() | children.QUIET, stdout=result, stderr=said, cwd=ROOT)
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
    ("/desk", "agents and supervisors"),
    ("/ops", "operators: look things up, make them happen"),
    ("/api/docs", "OpenAPI"),
)


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
