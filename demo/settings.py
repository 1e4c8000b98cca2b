"""Settings of the demo company: environment, overridden by command-line arguments."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

DEFAULT_TOKEN = "demo-token"  # noqa: S105 - a demo on loopback; `kawan serve` sets its own


@dataclass(frozen=True)
class Settings:
    database_url: str = "sqlite:///var/demo.db"
    token: str = DEFAULT_TOKEN
    events_url: str | None = None
    public_url: str = "http://127.0.0.1:8001"
    seed: int = 1
    now: datetime | None = None  # start of the product's clock, for an empty database
    fill: bool = True

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Settings:
        now = env.get("DEMO_NOW")
        return cls(
            database_url=env.get("DEMO_DATABASE_URL", cls.database_url),
            token=env.get("DEMO_TOKEN", cls.token),
            events_url=events_address(env.get("DEMO_EVENTS_URL")),
            public_url=env.get("DEMO_PUBLIC_URL", cls.public_url).rstrip("/"),
            seed=int(env.get("DEMO_SEED", "1")),
            now=datetime.fromisoformat(now) if now else None,
        )


def events_address(url: str | None) -> str | None:
    """The app's address or the full one: both are understood."""
    if not url:
        return None
    return url.rstrip("/") + "/backend/events" if urlsplit(url).path in ("", "/") else url
