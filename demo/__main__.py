"""Runs the demo company: `python -m demo`."""

from __future__ import annotations

import argparse
from dataclasses import replace

import uvicorn

from demo.app import create_app
from demo.settings import Settings, events_address


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    try:
        defaults = Settings.from_env()
    except ValueError as error:
        parser.error(f"DEMO_SEED or DEMO_NOW: {error}")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--db", default=defaults.database_url, help="database URL or file")
    parser.add_argument("--token", default=defaults.token, help="better set as DEMO_TOKEN")
    parser.add_argument("--events-url", default=defaults.events_url, help="the app's address")
    parser.add_argument("--public-url", help="where customers reach the payment page")
    parser.add_argument("--log-level", default="info")
    given = parser.parse_args()
    database = given.db if "://" in given.db else f"sqlite:///{given.db}"
    public = given.public_url
    if public is None:
        unset = defaults.public_url == Settings.public_url
        public = f"http://{given.host}:{given.port}" if unset else defaults.public_url
    settings = replace(
        defaults,
        database_url=database,
        token=given.token,
        events_url=events_address(given.events_url),
        public_url=public.rstrip("/"),
    )
    uvicorn.run(
        create_app(settings),
        host=given.host,
        port=given.port,
        log_level=given.log_level,
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
