from __future__ import annotations

import shutil
from collections.abc import Iterator
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


@pytest.fixture(scope="session")
def demo_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A freshly seeded demo company, copied for each test."""
    file = tmp_path_factory.mktemp("demo") / "seeded.db"
    with running(Settings(database_url=f"sqlite:///{file}", token=TOKEN)):
        pass
    return file


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("store") / "kawan.db"
    schema.upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def world(tmp_path: Path, demo_database: Path, empty_store: Path) -> Iterator[World]:
    for source, name in ((demo_database, "demo.db"), (empty_store, "kawan.db")):
        shutil.copy(source, tmp_path / name)
    store = open_store(f"sqlite:///{tmp_path / 'kawan.db'}", b"k" * 32)
    files = CompanyFiles(ROOT / "company")
    voice = Voice(ROOT / "domain.yml", files.company.brand, files.company.bot_name, files.company.zone)
    with running(Settings(database_url=f"sqlite:///{tmp_path / 'demo.db'}", token=TOKEN)) as address:
        backend = Backend(address, TOKEN)
        clock = ProductClock(store)
        control = DemoControl.at(address, TOKEN)
        control.load_named("first-story")
        yield World(Deps(store, clock, backend, voice, files), control, clock)
        backend.close()
        control.close()
    store.close()
