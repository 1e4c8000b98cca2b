"""The real demo company on a free port, and both clients of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.backend.client import Backend
from bot.backend.control import DemoControl
from demo.server import running
from demo.settings import Settings

TOKEN = "token-of-the-tests"


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    with running(Settings(database_url=f"sqlite:///{path}", token=TOKEN)) as url:
        yield url


@pytest.fixture
def backend(address: str) -> Iterator[Backend]:
    made = Backend(address, TOKEN)
    yield made
    made.close()


@pytest.fixture
def control(address: str) -> Iterator[DemoControl]:
    made = DemoControl.at(address, TOKEN)
    yield made
    made.clear_faults()
    made.close()
