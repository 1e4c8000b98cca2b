"""Queries on work claimed by lease: scheduled jobs, the company's events, and elected singletons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.store.conversations import insert_if_absent
from bot.store.signals import JOBS, announce
from bot.store.tables import BackendEvent, Job, Meta, new_id


def schedule(
    session: Session,
    *,
    key: str,
    kind: str,
    due_at: datetime,
    conversation_id: str | None = None,
    case_id: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> str:
    """Have a job run at a time of the product's clock; a repeated key changes nothing. Returns its id."""
    values = {
        "id": new_id(),
        "key": key,
        "kind": kind,
        "due_at": due_at,
        "conversation_id": conversation_id,
        "case_id": case_id,
        "data": dict(data or {}),
        "status": "waiting",
        "attempts": 0,
    }
    insert_if_absent(session, Job, values, ("key",))
    announce(session, JOBS)
    return session.scalars(select(Job.id).where(Job.key == key)).one()


def keep_event(
    session: Session,
    *,
    event_id: str,
    type: str,
    booking_code: str | None,
    at: datetime,
    data: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Store an event of the company's system; False when it was delivered before."""
    if session.get(BackendEvent, event_id) is not None:
        return False
    values = {
        "id": event_id,
        "type": type,
        "booking_code": booking_code,
        "at": at,
        "data": dict(data),
        "received_at": now,
        "attempts": 0,
    }
    insert_if_absent(session, BackendEvent, values, ("id",))
    announce(session, JOBS)
    return True


def claim_job(session: Session, *, product_now: datetime, now: datetime, lease: timedelta) -> Job | None:
    row = session.scalar(
        select(Job)
        .where(
            Job.status == "waiting",
            Job.due_at <= product_now,
            or_(Job.lease_until.is_(None), Job.lease_until <= now),
        )
        .order_by(Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.lease_until = now + lease
        row.attempts += 1
    return row


def claim_event(session: Session, *, now: datetime, lease: timedelta) -> BackendEvent | None:
    row = session.scalar(
        select(BackendEvent)
        .where(
            BackendEvent.handled_at.is_(None),
            or_(BackendEvent.lease_until.is_(None), BackendEvent.lease_until <= now),
        )
        .order_by(BackendEvent.received_at, BackendEvent.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is not None:
        row.lease_until = now + lease
        row.attempts += 1
    return row


def finish_job(session: Session, claimed: Job, *, product_now: datetime) -> None:
    """Done, unless the work itself has settled the job or set it to another time."""
    row = session.get_one(Job, claimed.id, with_for_update=True, populate_existing=True)
    if row.attempts != claimed.attempts:
        return  # the lease ran out, and another worker has it
    row.lease_until = row.error = None
    if row.status == "waiting" and row.due_at == claimed.due_at:
        row.status, row.done_at = "done", product_now


def finish_event(session: Session, claimed: BackendEvent, *, product_now: datetime) -> None:
    row = session.get_one(BackendEvent, claimed.id, with_for_update=True, populate_existing=True)
    if row.attempts == claimed.attempts:
        row.lease_until = row.error = None
        row.handled_at = row.handled_at or product_now


def put_off(session: Session, claimed: Job | BackendEvent, *, until: datetime, error: str) -> None:
    """The work failed: not again before `until` (real time)."""
    row: Job | BackendEvent
    if isinstance(claimed, Job):
        row = session.get_one(Job, claimed.id, with_for_update=True, populate_existing=True)
    else:
        row = session.get_one(BackendEvent, claimed.id, with_for_update=True, populate_existing=True)
    if row.attempts == claimed.attempts:
        row.lease_until, row.error = until, error[:2000]


def read_meta(session: Session, key: str) -> str | None:
    row = session.get(Meta, key)
    return None if row is None else row.value


def write_meta(session: Session, key: str, value: str) -> None:
    session.merge(Meta(key=key, value=value))


def lead(session: Session, name: str, token: str, *, now: datetime, lease: timedelta) -> bool:
    """Be, or stay, the one process that does `name`; False while another one is."""
    key = f"leader:{name}"
    insert_if_absent(session, Meta, {"key": key, "value": ""}, ("key",))
    row = session.get_one(Meta, key, with_for_update=True, populate_existing=True)
    holder, _, until = row.value.partition(" ")
    if holder not in ("", token) and datetime.fromisoformat(until) > now:
        return False
    row.value = f"{token} {(now + lease).isoformat()}"
    return True


def step_down(session: Session, name: str, token: str) -> None:
    """Let another process take over at once."""
    row = session.get(Meta, f"leader:{name}", with_for_update=True)
    if row is not None and row.value.startswith(f"{token} "):
        row.value = ""
