"""Two clocks: real time for leases and time-outs, the product's for all that customers and rules see."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.store.engine import Store
from bot.store.tables import Conversation, Meta

_KEY = "clock_offset_seconds"
_CACHED_FOR = 1.0


def real_now() -> datetime:
    """For leases, retries and time-outs: nobody moves it."""
    return datetime.now(UTC)


class Clock(Protocol):
    """The product's clock: deadlines, holds, follow-ups, calendars, transcripts."""

    def now(self) -> datetime: ...

    def offset(self) -> timedelta: ...


class ProductClock:
    """Real time plus a stored offset, which the demo may move; other processes see it within a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        return real_now() + self.offset()

    def offset(self) -> timedelta:
        if time.monotonic() - self._read_at >= _CACHED_FOR:
            with self._store.reading() as session:
                self._keep(_stored_offset(session) or timedelta())
        return self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move the clock for every process, and return the new time."""

        def work(session: Session) -> timedelta:
            offset = (_stored_offset(session, lock=True) or timedelta()) + by
            _write_offset(session, offset)
            return offset

        self._keep(self._store.run(work))
        return self.now()

    def start_at(self, moment: datetime) -> bool:
        """Begin at `moment`, if the database is still empty; says whether it was."""

        def work(session: Session) -> bool:
            begun = session.scalar(select(Conversation.id).limit(1)) is not None
            if begun or _stored_offset(session, lock=True) is not None:
                return False
            _write_offset(session, moment - real_now())
            return True

        applied = self._store.run(work)
        self._read_at = float("-inf")
        return applied

    def _keep(self, offset: timedelta) -> None:
        with self._lock:
            self._offset, self._read_at = offset, time.monotonic()


def _stored_offset(session: Session, *, lock: bool = False) -> timedelta | None:
    row = session.get(Meta, _KEY, with_for_update=lock or None)
    return None if row is None else timedelta(seconds=float(row.value))


def _write_offset(session: Session, offset: timedelta) -> None:
    session.merge(Meta(key=_KEY, value=repr(offset.total_seconds())))
