"""A store with the product's schema, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.engine import Store, open_store
from tests.store.templates import postgres_store, sqlite_database

BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kawan.db"
    made: str = request.getfixturevalue("postgres_database")()
    return made


@pytest.fixture(params=BOTH)
def ready_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the schema and nothing in it."""
    if request.param == "sqlite":
        return sqlite_database(tmp_path)
    return postgres_store(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(ready_url: str) -> Iterator[Store]:
    opened = open_store(ready_url, b"secret")
    yield opened
    opened.close()
