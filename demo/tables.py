"""Tables of the demo company, and transactions on them.

A booking is one document beside the columns that are searched: the demo company's own shape
is nobody's business, only its contract is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Text, create_engine, event, make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

SCHEMA_VERSION = "1"


class Base(DeclarativeBase):
    pass


class CustomerRow(Base):
    __tablename__ = "customers"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(index=True)
    email: Mapped[str | None] = mapped_column(index=True)
    document: Mapped[str] = mapped_column(Text)
    contacts: Mapped[str] = mapped_column(Text)  # [{"booking": code or null, "contact": ...}]


class IdentityRow(Base):
    __tablename__ = "identities"
    channel: Mapped[str] = mapped_column(primary_key=True)
    identity: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(index=True)


class BookingRow(Base):
    __tablename__ = "bookings"
    code: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(index=True)
    situation: Mapped[str | None] = mapped_column(index=True)
    due_at: Mapped[float | None] = mapped_column(index=True)  # when something lapses next
    document: Mapped[str] = mapped_column(Text)


class PartRow(Base):
    """Which booking a payment request, refund or ticket belongs to."""

    __tablename__ = "parts"
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    booking: Mapped[str] = mapped_column(index=True)


class QuoteRow(Base):
    __tablename__ = "quotes"
    id: Mapped[str] = mapped_column(primary_key=True)
    booking: Mapped[str | None] = mapped_column(index=True)
    journey: Mapped[str] = mapped_column(index=True)
    document: Mapped[str] = mapped_column(Text)


class OperationRow(Base):
    """An act and its answer; the key makes it happen once."""

    __tablename__ = "operations"
    key: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str]
    booking: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str]
    status: Mapped[str]
    answer: Mapped[str] = mapped_column(Text)
    at: Mapped[str]


class EventRow(Base):
    __tablename__ = "events"
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    booking: Mapped[str] = mapped_column(index=True)
    type: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[float] = mapped_column(default=0)  # real time
    delivered: Mapped[bool] = mapped_column(default=False, index=True)
    last_error: Mapped[str | None] = mapped_column(default=None)


class LoadedRow(Base):
    """The digest of the text from which an object was loaded: identical text changes nothing."""

    __tablename__ = "loaded"
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]


class FaultRow(Base):
    __tablename__ = "faults"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str]
    seconds: Mapped[int]
    calls_left: Mapped[int | None]
    operations: Mapped[str] = mapped_column(default="")  # comma-separated; empty means all


class StateRow(Base):
    __tablename__ = "state"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class Database:
    """`read()` and `write()` give a session in one transaction; writers take turns."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(writes=True)
        with self.write() as session:
            _bring_up_to_date(session)

    @contextmanager
    def read(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        # A writer locks at once: upgrading a reader's lock later could fail.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _bring_up_to_date(session: Session) -> None:
    """Demo data is worth nothing: an older shape is dropped and filled again."""
    connection = session.connection()
    Base.metadata.create_all(connection)
    version = session.get(StateRow, "schema")
    if version is not None and version.value != SCHEMA_VERSION:
        session.expunge_all()
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
        version = None
    if version is None:
        session.add(StateRow(key="schema", value=SCHEMA_VERSION))
