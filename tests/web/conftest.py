"""A real store, and clients of a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from bot import accounts
from bot.casework.deps import Deps
from bot.store.engine import Store, open_store
from bot.store.schema import upgrade
from tests.web.serving import make_deps


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/kawan.db"
    upgrade(url)
    opened = open_store(url, b"secret")
    yield opened
    opened.close()


@pytest.fixture
def deps(store: Store) -> Deps:
    return make_deps(store)


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same hash with little work; what it costs is not what these tests are about."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts._nobodys_hash.cache_clear()
