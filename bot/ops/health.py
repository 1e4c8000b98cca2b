"""What operators have to know: what waits, what stopped and why, who can be reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from bot.store.clock import real_now
from bot.store.engine import Store
from bot.store.tables import BackendEvent, Handover, Job, Outgoing, Turn

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Stopped:
    """A message that will not go out, or work that fails."""

    what: str
    conversation: str | None
    at: datetime
    attempts: int
    why: str


@dataclass(frozen=True, slots=True)
class Health:
    reachable: Mapping[str, bool]
    outbox: Mapping[str, int]
    oldest_unsent: datetime | None
    turns_failing: int
    handovers_waiting: int
    jobs_waiting: int
    events_waiting: int
    parked: tuple[Stopped, ...]
    failing: tuple[Stopped, ...]


def look(store: Store, checks: Mapping[str, Callable[[], bool]]) -> Health:
    """`checks`: name of another system -> whether it answers."""
    reachable = {name: _answers(check) for name, check in checks.items()}
    with store.reading() as session:

        def count(where: ColumnElement[bool]) -> int:
            return session.scalar(select(func.count()).where(where)) or 0

        outbox = {
            status: count(Outgoing.status == status)
            for status in ("pending", "sending", "parked", "withdrawn")
        }
        parked = session.scalars(
            select(Outgoing)
            .where(Outgoing.status == "parked")
            .order_by(Outgoing.created_at.desc())
            .limit(_SHOWN)
        ).all()
        jobs = session.scalars(
            select(Job)
            .where(Job.error.is_not(None), or_(Job.status == "waiting", Job.status == "dropped"))
            .order_by(Job.due_at.desc())
            .limit(_SHOWN)
        ).all()
        events = session.scalars(
            select(BackendEvent)
            .where(BackendEvent.handled_at.is_(None), BackendEvent.error.is_not(None))
            .order_by(BackendEvent.received_at)
            .limit(_SHOWN)
        ).all()
        turns = session.scalars(
            select(Turn)
            .where(Turn.failing_since.is_not(None), Turn.committed_at.is_(None), Turn.withdrawn_at.is_(None))
            .order_by(Turn.created_at)
            .limit(_SHOWN)
        ).all()
        return Health(
            reachable=reachable,
            outbox=outbox,
            oldest_unsent=session.scalar(
                select(func.min(Outgoing.due_at)).where(
                    Outgoing.status.in_(("pending", "sending")), Outgoing.due_at <= real_now()
                )
            ),
            turns_failing=len(turns),
            handovers_waiting=count(Handover.status == "waiting"),
            jobs_waiting=count(Job.status == "waiting"),
            events_waiting=count(BackendEvent.handled_at.is_(None)),
            parked=tuple(
                Stopped(o.author, o.conversation_id, o.created_at, o.attempts, o.error or "") for o in parked
            ),
            failing=(
                *(
                    Stopped("giliran", t.conversation_id, t.created_at, t.attempts, t.error or "")
                    for t in turns
                ),
                *(
                    Stopped(f"tugas {j.kind}", j.conversation_id, j.due_at, j.attempts, j.error or "")
                    for j in jobs
                ),
                *(Stopped(f"kabar {e.type}", None, e.received_at, e.attempts, e.error or "") for e in events),
            ),
        )


def _answers(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
