from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.backend.client import Backend
from bot.backend.control import DemoControl
from bot.casework.deps import Deps
from bot.sop import CompanyFiles
from bot.store import schema
from bot.store.clock import ProductClock
from bot.store.engine import open_store
from bot.voice import Voice
from demo.server import running
from demo.settings import Settings
from tests.casework.world import World

ROOT = Path(__file__).parents[2]
TOKEN = "test-token"


@dataclass(frozen=True)
class Demo:
    """One demo company for the whole session; its database is put back to the seed for each test."""

    address: str
    live: Path
    seeded: Path

    def restore(self) -> None:
        copy(self.seeded, self.live)


def copy(source: Path, target: Path) -> None:
    """By SQLite itself, so that a server at work on the target sees the new content at its next transaction."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
        old.backup(new)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    live = folder / "live.db"
    with running(Settings(database_url=f"sqlite:///{live}", token=TOKEN)) as address:
        copy(live, folder / "seeded.db")
        yield Demo(address, live, folder / "seeded.db")


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "kawan.db"
    schema.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def voice() -> Voice:
    company = CompanyFiles(ROOT / "company").company
    return Voice(ROOT / "domain.yml", company.brand, company.bot_name, company.zone)


@pytest.fixture
def world(tmp_path: Path, demo: Demo, empty_store: Path, voice: Voice) -> Iterator[World]:
    demo.restore()
    shutil.copy(empty_store, tmp_path / "kawan.db")
    store = open_store(f"sqlite:///{tmp_path / 'kawan.db'}", b"k" * 32)
    backend, control = Backend(demo.address, TOKEN), DemoControl.at(demo.address, TOKEN)
    clock = ProductClock(store)
    control.load_named("first-story")
    yield World(Deps(store, clock, backend, voice, CompanyFiles(ROOT / "company")), control, clock)
    backend.close()
    control.close()
    store.close()
