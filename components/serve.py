"""Starts the brain: `.venv-brain/bin/python -m components.serve --model models/…tar.gz --port 5005`.

What `rasa run --enable-api` serves, without TensorFlow and with a clear answer where a model cannot be loaded.
`KAWAN_RASA_TOKEN` is demanded from every caller, `KAWAN_ACTIONS_URL` says where the app serves the actions.
"""

from __future__ import annotations

import argparse
import logging
import os
import socket
import sys
import tarfile
import warnings
from pathlib import Path
from typing import Any, NoReturn

from components.light import lighten

ROOT = Path(__file__).resolve().parent.parent


class CannotStart(Exception):
    """With the one line that says why."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="components.serve", description="Serve a trained model.")
    parser.add_argument("--model", type=Path, help="archive; default: the newest in models/")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5005, help="0 picks a free one")
    parser.add_argument("--endpoints", type=Path, default=ROOT / "endpoints.yml")
    parser.add_argument("--log-level", default="WARNING", choices=["DEBUG", "INFO", "WARNING", "ERROR"])
    options = parser.parse_args(arguments)
    try:
        _serve(options)
    except CannotStart as error:
        _refuse(str(error))


def _refuse(line: str) -> NoReturn:
    sys.stderr.write(f"brain: {line}\n")
    sys.stderr.flush()
    # Threads of libraries must not keep a process alive that cannot serve.
    os._exit(1)


def archive(model: Path | None) -> Path:
    """The model to serve, looked at before anything heavy is imported."""
    if model is None:
        from components.train import newest_model

        model = newest_model(ROOT)
        if model is None:
            raise CannotStart("no model in models/; run `make run` or `kawan train`")
    if not model.is_file():
        raise CannotStart(f"no model at {model}")
    try:
        with tarfile.open(model, "r:gz") as tar:
            tar.getmember("metadata.json")
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise CannotStart(f"{model} is no model: {error}") from error
    return model


def _serve(options: argparse.Namespace) -> None:
    model = archive(options.model)
    listening = _listen(options.host, options.port)
    _quiet(options.log_level)
    light = lighten()
    app, close = _application(model, options.endpoints)
    _say(f"model {model.name}" + ("" if light else ", with TensorFlow"))

    @app.listener("after_server_start")
    async def ready(_app: Any, _loop: Any) -> None:
        host, port = listening.getsockname()[:2]
        _say(f"ready on http://{host}:{port}")

    app.register_listener(close, "after_server_stop")
    _quiet_sanic(options.log_level)
    app.run(sock=listening, workers=1, access_log=False, motd=False)


def _listen(host: str, port: int) -> socket.socket:
    """Taken before the model is loaded, so that a taken port is known at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(100)
    except (OSError, OverflowError) as error:
        raise CannotStart(f"cannot listen on {host}:{port}: {error}") from error
    return listening


def _quiet(level: str) -> None:
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("LOG_LEVEL", level)
    logging.basicConfig(level=level, stream=sys.stderr, format="brain: %(levelname)s %(name)s: %(message)s")
    if level != "DEBUG":
        # Not by filters: packages reset them when imported. Nobody reads about old packages' old calls here.
        warnings.showwarning = _drop


def _drop(*_: Any, **__: Any) -> None:
    pass


def _quiet_sanic(level: str) -> None:
    """Sanic brings handlers of its own to standard output."""
    for name in ("sanic.root", "sanic.error", "sanic.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(level)
        logger.propagate = True


def _application(model: Path, endpoints: Path) -> tuple[Any, Any]:
    import rasa.core.run
    from rasa.core.lock_store import LockStore
    from rasa.core.tracker_store import TrackerStore
    from rasa.core.utils import AvailableEndpoints
    from rasa.utils.log_utils import configure_structlog

    from components.server.channel import KawanInput
    from components.server.turn import TurnAgent, install

    configure_structlog(logging.getLogger().level)
    install()
    available = AvailableEndpoints.read_endpoints(str(endpoints))
    agent = TurnAgent(
        tracker_store=TrackerStore.create(available.tracker_store),
        lock_store=LockStore.create(available.lock_store),
        action_endpoint=available.action,
    )
    try:
        agent.load_model(model)
    except Exception as error:
        raise CannotStart(
            f"{model} cannot be loaded: {type(error).__name__}: {_first_line(error)}"
        ) from error
    token = os.environ.get("KAWAN_RASA_TOKEN") or None
    app = rasa.core.run.configure_app(
        [KawanInput(token)], auth_token=token, enable_api=True, endpoints=available, request_timeout=None
    )
    app.ctx.agent = agent
    return app, rasa.core.run.close_resources


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]


def _say(line: str) -> None:
    sys.stdout.write(f"brain: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
