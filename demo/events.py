"""Events for the app: an outbox table, and the thread that delivers it in order per booking."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
import uuid
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.tables import Database, EventRow

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 60.0
BATCH = 1000


def emit(session: Session, type_: str, booking: str, data: dict[str, Any], at: datetime) -> None:
    """Store an event in the transaction of what it tells about."""
    body = {
        "id": f"evt_{uuid.uuid4().hex}",
        "type": type_,
        "at": at.isoformat(),
        "booking": booking,
        "data": data,
    }
    session.add(EventRow(booking=booking, type=type_, body=json.dumps(body)))


def sign(token: str, body: bytes, unix: int) -> str:
    """The X-Kawan-Signature header; real time, since replays are judged by it."""
    mac = hmac.new(token.encode(), f"{unix}.".encode() + body, hashlib.sha256)
    return f"t={unix},v1={mac.hexdigest()}"


class Deliverer:
    def __init__(self, db: Database, url: str, token: str) -> None:
        self.db, self.url, self.token = db, url, token
        self._wake, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-events", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        with httpx.Client(timeout=httpx.Timeout(5.0, connect=2.0)) as client:
            while not self._stop.is_set():
                try:
                    self.deliver_due(client)
                except Exception:
                    log.exception("delivering events failed")
                self._wake.wait(0.5)
                self._wake.clear()

    def deliver_due(self, client: httpx.Client) -> int:
        """One round; an event that fails holds back the later ones of its booking."""
        query = select(EventRow).where(~EventRow.delivered).order_by(EventRow.seq).limit(BATCH)
        with self.db.read() as session:
            pending = list(session.scalars(query))
        blocked: set[str] = set()
        delivered = 0
        for row in pending:
            if self._stop.is_set():
                break
            if row.booking in blocked or row.retry_at > time.time():
                blocked.add(row.booking)
                continue
            error = self._send(client, row.body.encode())
            self._record(row, error)
            if error and not error.startswith("status"):
                break  # nobody there: the rest can wait for the next round
            if error:
                blocked.add(row.booking)
            else:
                delivered += 1
        return delivered

    def _send(self, client: httpx.Client, body: bytes) -> str | None:
        headers = {
            "Content-Type": "application/json",
            "X-Kawan-Signature": sign(self.token, body, int(time.time())),
        }
        try:
            answer = client.post(self.url, content=body, headers=headers)
        except httpx.HTTPError as error:
            return f"{type(error).__name__}: {error}"
        return None if answer.is_success else f"status {answer.status_code}"

    def _record(self, row: EventRow, error: str | None) -> None:
        with self.db.write() as session:
            stored = session.get(EventRow, row.seq)
            if stored is None:  # reset meanwhile
                return
            stored.attempts += 1
            stored.delivered, stored.last_error = error is None, error
            pause = min(FIRST_RETRY_SECONDS * 2 ** min(stored.attempts - 1, 10), LONGEST_RETRY_SECONDS)
            stored.retry_at = time.time() + pause if error else 0


class Ticker:
    """Lets holds and payment requests lapse as the product's clock passes them."""

    def __init__(self, lapse_due: Any, seconds: float = 1.0) -> None:
        self._lapse_due, self._seconds = lapse_due, seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self._lapse_due()
            except Exception:
                log.exception("lapsing failed")
