"""Settings in folders of their own, the app over real HTTP with a stand-in for the brain, and the command line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot import settings as settings_module
from bot.app import build
from bot.cli import main
from bot.settings import Settings
from tests.e2e.product import free_port
from tests.store.templates import sqlite_database
from tests.web.serving import serving

ROOT = Path(__file__).resolve().parents[2]
KAWAN = [
    sys.executable,
    "-c",
    "import sys; sys.argv[0] = 'kawan'; from bot.cli import main; sys.exit(main())",
]


def forget_settings(patch: pytest.MonkeyPatch) -> None:
    """None of the developer's own."""
    for name in list(os.environ):
        if name.startswith(("KAWAN_", "TELEGRAM_", "WHATSAPP_")):
            patch.delenv(name)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_settings(monkeypatch)


@pytest.fixture
def environment(tmp_path: Path, no_settings: None) -> dict[str, str]:
    """Settings of a product of this test's own."""
    return {"KAWAN_VAR_DIR": str(tmp_path / "var"), "KAWAN_PORT": str(free_port())}


@pytest.fixture
def settings(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Loaded; the database has its schema."""
    (tmp_path / "var").mkdir(exist_ok=True)
    sqlite_database(tmp_path / "var")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return settings_module.load(None)


@dataclass
class FakeBrain:
    is_ready: bool = True
    heard: list[str] = field(default_factory=list)

    def converse(self, sender: str, text: str, metadata: Mapping[str, Any]) -> Any:
        self.heard.append(text)

    def parse(self, text: str, sent_at: Any) -> dict[str, Any]:
        return {}

    def ready(self) -> bool:
        return self.is_ready

    def close(self) -> None:
        pass


@dataclass
class Served:
    app: FastAPI
    brain: FakeBrain
    http: httpx.Client
    settings: Settings


@pytest.fixture(scope="module")
def whole_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Served once for the tests of a file; its database has its schema."""
    var = tmp_path_factory.mktemp("app")
    sqlite_database(var)
    with pytest.MonkeyPatch.context() as patch:
        forget_settings(patch)
        patch.setenv("KAWAN_VAR_DIR", str(var))
        patch.setenv("KAWAN_PORT", str(free_port()))
        settings = settings_module.load(None)
    brain = FakeBrain()
    app = build(settings, brain=brain)
    with serving(app) as url, httpx.Client(base_url=url, timeout=20, trust_env=False) as http:
        yield Served(app, brain, http, settings)


@pytest.fixture
def served(whole_app: Served) -> Served:
    whole_app.brain.is_ready = True
    whole_app.brain.heard.clear()
    return whole_app


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


Kawan = Callable[..., Done]


@pytest.fixture
def kawan(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Kawan:
    """Run a command as the launcher does, in this process: importing the product anew each time takes seconds."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, text: str = "", **more: str) -> Done:
        capfd.readouterr()
        with monkeypatch.context() as patch:
            for name, value in more.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["kawan", *arguments])
            patch.setattr(sys, "stdin", io.StringIO(text))
            try:
                status = main()
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        out, err = capfd.readouterr()
        return Done(status, out, err)

    return run


@pytest.fixture
def program(environment: dict[str, str]) -> Kawan:
    """Run a command as a program of its own."""

    def run(*arguments: str, **more: str) -> Done:
        done = subprocess.run(
            [*KAWAN, *arguments],
            cwd=ROOT,
            env=os.environ | environment | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run
