"""Databases that have the schema already: copying one is quicker than migrating for each test."""

from __future__ import annotations

import functools
import itertools
import tempfile
from pathlib import Path

import psycopg

from bot.store.schema import upgrade

_numbers = itertools.count(1)


@functools.cache
def _sqlite_template() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        upgrade(f"sqlite:///{folder}/kawan.db")
        return (Path(folder) / "kawan.db").read_bytes()


def sqlite_database(folder: Path) -> str:
    (folder / "kawan.db").write_bytes(_sqlite_template())
    return f"sqlite:///{folder}/kawan.db"


@functools.cache
def _postgres_template(server_url: str) -> str:
    upgrade(_create(server_url, "kawan_schema", "template0"))
    return "kawan_schema"


def postgres_store(server_url: str) -> str:
    """The server is the test run's own: what is made here goes with it."""
    return _create(server_url, f"kawan_store_{next(_numbers)}", _postgres_template(server_url))


def _create(server_url: str, name: str, template: str) -> str:
    with psycopg.connect(server_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    return server_url.replace("/postgres?", f"/{name}?")
