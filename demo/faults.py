"""The company's system misbehaving on demand: down, slow, or silent after having acted."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sqlalchemy import delete, select
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.tables import Database, FaultRow, LoadedRow

READS = {"read_booking", "find_bookings", "find_customers", "read_quotes", "read_operation"}
ACTS = {
    "waive", "hold", "request_payment", "accept_payment", "issue", "send_ticket",
    "rebook", "refund", "expedite_refund", "cancel",
}  # fmt: skip
OPERATIONS = READS | ACTS
ENDS = {
    "waivers": "waive",
    "hold": "hold",
    "payment-requests": "request_payment",
    "accept": "accept_payment",
    "issue": "issue",
    "send": "send_ticket",
    "rebook": "rebook",
    "refunds": "refund",
    "expedite": "expedite_refund",
    "cancel": "cancel",
}


def operation_of(method: str, path: str) -> str | None:
    """The operation_id of a call of the contract; None for everything else."""
    parts = path.strip("/").split("/")
    if len(parts) < 2 or parts[0] != "v1":
        return None
    if method == "POST":
        return ENDS.get(parts[-1])
    if parts[1] == "operations":
        return "read_operation"
    if parts[1] == "customers":
        return "find_customers"
    if parts[-1] == "quotes":
        return "read_quotes"
    return "find_bookings" if len(parts) == 2 else "read_booking"


def next_fault(db: Database, operation: str) -> tuple[str, int] | None:
    """The fault that this call meets, counted off where it is for some calls only."""
    with db.read() as session:
        if not session.scalars(select(FaultRow.id).limit(1)).first():
            return None
    with db.write() as session:
        for row in session.scalars(select(FaultRow).order_by(FaultRow.id)):
            if not _meets(row, operation):
                continue
            if row.calls_left is not None:
                row.calls_left -= 1
                if row.calls_left <= 0:
                    session.delete(row)
            return row.kind, row.seconds
    return None


def clear(db: Database) -> None:
    with db.write() as session:
        session.execute(delete(FaultRow))
        # A file that brings faults may then be loaded anew.
        session.execute(delete(LoadedRow).where(LoadedRow.kind == "fault"))


def _meets(row: FaultRow, operation: str) -> bool:
    if row.kind == "timeout_after_acting" and operation not in ACTS:
        return False
    return not row.operations or operation in row.operations.split(",")


class Misbehaviour:
    """ASGI middleware, since a handler cannot cut its own connection."""

    def __init__(self, app: ASGIApp, db: Database) -> None:
        self.app, self.db = app, db

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = operation_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        fault = await run_in_threadpool(next_fault, self.db, operation) if operation else None
        if fault is None:
            await self.app(scope, receive, send)
            return
        kind, seconds = fault
        if kind == "down":
            await _unavailable(send)
        elif kind == "slow":
            await asyncio.sleep(seconds)
            await self.app(scope, receive, send)
        else:
            await self._act_and_fall_silent(scope, receive, send, seconds)

    async def _act_and_fall_silent(self, scope: Scope, receive: Receive, send: Send, seconds: int) -> None:
        async def swallow(message: Message) -> None:
            pass

        await self.app(scope, receive, swallow)
        await asyncio.sleep(seconds)
        # A body shorter than announced makes the server drop the connection.
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _unavailable(send: Send) -> None:
    body: dict[str, Any] = {
        "type": "urn:kelana:problem:unavailable",
        "title": "System is down",
        "status": 503,
        "code": "unavailable",
        "detail": "the booking system is not available",
    }
    raw = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(raw)).encode()),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": raw})
