"""What must be right before anything is started. Each check says what is wrong in one message and what to do."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import closing

from bot.errors import KawanError
from bot.settings import ROOT, Settings
from bot.sop import CompanyFiles
from bot.voice import read_responses

BRAIN_PYTHON = ROOT / ".venv-brain" / "bin" / "python"


class CannotStart(KawanError):
    """With what is wrong, where, and what to do."""


def files(settings: Settings) -> None:
    """The company's rules, the texts, what was installed, and a folder to write to. Raises `KawanError`."""
    CompanyFiles(settings.company_dir)
    read_responses(settings.domain_file)
    if not (ROOT / "bot/web/static/vendor").is_dir():
        raise CannotStart("bot/web/static/vendor is missing, which pages need: run `make setup`")
    if settings.brain_is_ours and not BRAIN_PYTHON.exists():
        raise CannotStart(f"{BRAIN_PYTHON} is missing, which the brain needs: run `make setup`")
    try:
        settings.log_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"KAWAN_VAR_DIR is {settings.var_dir}: {error.strerror}; name another") from error
    if not os.access(settings.log_dir, os.W_OK):
        raise CannotStart(f"{settings.log_dir} cannot be written; mend that, or set KAWAN_VAR_DIR")


def ports(settings: Settings) -> socket.socket:
    """The app's socket, bound and not yet listening, once every port is known to be free."""
    listener = _bind(settings.host, settings.port, "KAWAN_PORT")
    try:
        if settings.backend_is_demo:
            _bind(settings.host, settings.demo_port, "KAWAN_DEMO_PORT").close()
        if settings.brain_is_ours:
            _bind("127.0.0.1", settings.brain_port, "KAWAN_BRAIN_PORT").close()
    except CannotStart:
        listener.close()
        raise
    return listener


def _bind(host: str, port: int, setting: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise CannotStart(f"KAWAN_HOST is {host!r}, which this machine cannot resolve") from error
    with closing(socket.socket(family, kind, protocol)) as trying:
        trying.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trying.bind(address)
        except OSError as error:
            raise CannotStart(_why(error, host, port, setting)) from error
        return trying.dup()


def _why(error: OSError, host: str, port: int, setting: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken: stop what uses it, or set {setting} to another"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user: set {setting} to one above 1023"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"KAWAN_HOST is {host!r}, which is no address of this machine"
    return f"cannot listen on {host} port {port} ({setting}): {error.strerror}"
