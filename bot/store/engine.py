"""The open database: one writer's transaction, one reader's view, on SQLite and PostgreSQL alike.

SQLite runs in WAL mode with `synchronous=FULL`. NORMAL would survive a kill -9, but not a power cut:
a message that was acknowledged to a platform, or a remedy's key written before the call, could be gone.
One flush per commit is the price, a millisecond or so, a few times per turn.
"""

from __future__ import annotations

import base64
import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from bot.errors import StoreError
from bot.store.signals import Signals
from bot.store.types import EncryptedText

log = logging.getLogger(__name__)

_BUSY_MS = 10_000
# serialization_failure, deadlock_detected, lock_not_available, and connections lost or refused
_PASSING_SQLSTATES = frozenset(
    {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08000", "08003", "08006"}
)


def derive_key(secret_key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose, so that no two uses of the product's secret share a key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"kawan/{purpose}".encode()).derive(secret_key)


class Store:
    """The database as the rest of the product sees it; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.dialect = engine.dialect.name
        self.signals = Signals()
        self._writing = threading.local()
        # One writer at a time is SQLite's own rule; queueing here is fairer and quicker than its polling.
        self._writer: threading.Lock | None = threading.Lock() if self.dialect == "sqlite" else None
        self._write_engine = engine.execution_options(kawan_write=True)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction that may write: committed at the end, rolled back when an exception passes.

        On SQLite it holds the write lock from its start, so that what it read stays true. Transactions
        do not nest. Keep them short, and never call another system inside one.
        """
        if getattr(self._writing, "on", False):
            raise RuntimeError("a transaction is already open in this thread")
        if self._writer is not None and not self._writer.acquire(timeout=_BUSY_MS / 1000):
            raise StoreError("database is locked by another transaction of this process")
        self._writing.on = True
        try:
            with Session(self._write_engine, expire_on_commit=False) as session, session.begin():
                yield session
        finally:
            self._writing.on = False
            if self._writer is not None:
                self._writer.release()
        # Only what is committed may wake anybody.
        self.signals.publish(session.info.get("topics", ()))

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A view for reading; whatever is changed in it is thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    def run[T](self, work: Callable[[Session], T], *, attempts: int = 6) -> T:
        """`work` in a transaction of its own, again from the start when the database asks for it.

        For the edges (endpoints, workers): `work` may be called several times.
        """
        for attempt in range(1, attempts + 1):
            try:
                with self.transaction() as session:
                    return work(session)
            except DBAPIError as error:
                if attempt == attempts or not passing(error):
                    raise
                log.warning("transaction tried again (attempt %d): %s", attempt, error.orig)
                time.sleep(random.uniform(0.5, 1.5) * 0.02 * 2**attempt)  # noqa: S311
        raise AssertionError("unreachable")

    def close(self) -> None:
        self.engine.dispose()


def passing(error: DBAPIError) -> bool:
    """Whether the same transaction may well succeed if tried again."""
    original = error.orig
    if isinstance(original, sqlite3.OperationalError):
        return original.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    if getattr(original, "sqlstate", None) in _PASSING_SQLSTATES:
        return True
    return isinstance(error, OperationalError) and bool(error.connection_invalidated)


def open_store(url: str, secret_key: bytes, *, pool_size: int = 20) -> Store:
    """Open the database at `url`; its schema is the business of `bot.store.schema`."""
    EncryptedText.use_key(base64.urlsafe_b64encode(derive_key(secret_key, "encrypted-text/v1")))
    return Store(create_database_engine(url, pool_size=pool_size))


def create_database_engine(url: str, *, pool_size: int = 20) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise StoreError("an SQLite database needs a file: sqlite:///var/kawan.db")
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            parsed,
            connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False},
            pool_size=pool_size,
            max_overflow=pool_size,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            connect_args={"options": "-c timezone=UTC -c lock_timeout=15s", "connect_timeout": 10},
        )
    raise StoreError(
        f"unsupported database {parsed.get_backend_name()!r}: use sqlite:/// or postgresql+psycopg://"
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN comes too late, at the first write; we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    # The one-time switch of a new file does not wait for other connections as everything else does.
    deadline = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("kawan_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
