"""Runs the app alone: `python -m bot.app`, as `kawan serve` does."""

from __future__ import annotations

import argparse
import logging
import socket
import sys

import uvicorn

from bot import settings as settings_module
from bot.app import build
from bot.errors import KawanError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.app", description=__doc__)
    parser.add_argument(
        "--fd", type=int, help="serve on this open socket instead of KAWAN_HOST and KAWAN_PORT"
    )
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # One line per call of ours to brain and backend says nothing, and would hold addresses with tokens.
    for noisy in ("httpx", "httpcore", "telegram.ext"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        settings = settings_module.load()
        app = build(settings)
    except KawanError as error:
        sys.stderr.write(f"app: {error}\n")
        return 1
    listeners = None if given.fd is None else [socket.socket(fileno=given.fd)]
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=listeners)
    return 0


if __name__ == "__main__":
    sys.exit(main())
