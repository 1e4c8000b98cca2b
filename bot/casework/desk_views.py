"""What the desk shows: the queue, and one conversation with everything known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.care import matters
from bot.casework.cases import OPEN_STATES
from bot.casework.deps import Deps
from bot.casework.desk import active_handover
from bot.store.clock import real_now
from bot.store.conversations import TYPING_SECONDS, transcript
from bot.store.tables import (
    Audit,
    Case,
    Conversation,
    Customer,
    Handover,
    Identity,
    Incoming,
    Offer,
    Outgoing,
    Remedy,
    TimelineEntry,
    User,
)

_SHOWN_MESSAGES = 200
_SHOWN_CASES = 100


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A conversation that waits for a person, or is with one."""

    conversation: str
    channel: str
    customer: str
    reason: str
    summary: str
    priority: int
    since: datetime
    deadline: datetime | None
    taken_by: str | None
    mine: bool
    unanswered: bool  # the customer spoke last


@dataclass(frozen=True, slots=True)
class CaseEntry:
    conversation: str
    customer: str
    matter: str
    status: str
    booking_code: str | None
    priority: int
    deadline: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    waiting: tuple[QueueEntry, ...]
    mine: tuple[QueueEntry, ...]
    others: tuple[QueueEntry, ...]
    cases: tuple[CaseEntry, ...]


@dataclass(frozen=True, slots=True)
class CaseView:
    case: Case
    matter: str
    offers: tuple[Offer, ...]
    remedies: tuple[Remedy, ...]
    timeline: tuple[TimelineEntry, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class PastHandover:
    handover: Handover
    by: str | None


@dataclass(frozen=True, slots=True)
class ConversationView:
    conversation: Conversation
    identity: Identity
    customer: Customer | None
    name: str
    handover: Handover | None
    holder: str | None
    mine: bool
    cases: tuple[CaseView, ...]
    earlier: tuple[PastHandover, ...]
    messages: tuple[dict[str, Any], ...]
    unsent: tuple[Outgoing, ...]
    customer_types: bool


def queue(deps: Deps, user_id: str) -> Queue:
    """The most pressing first."""
    with deps.store.reading() as session:
        rows = session.execute(
            select(Handover, Conversation, Identity, Customer, User)
            .join(Conversation, Conversation.id == Handover.conversation_id)
            .join(Identity, Identity.id == Conversation.identity_id)
            .outerjoin(Customer, Customer.id == Identity.customer_id)
            .outerjoin(User, User.id == Handover.taken_by)
            .where(Handover.status.in_(("waiting", "taken")))
            .order_by(Handover.priority.desc(), Handover.created_at)
        ).all()
        last_words = _customer_spoke_last(session, [row[1] for row in rows])
        entries = [
            QueueEntry(
                conversation=conversation.id,
                channel=conversation.channel,
                customer=_name(customer, identity),
                reason=handover.reason,
                summary=handover.summary,
                priority=handover.priority,
                since=handover.created_at,
                deadline=handover.deadline_at,
                taken_by=user.name if handover.taken_by else None,
                mine=handover.taken_by == user_id,
                unanswered=conversation.id in last_words,
            )
            for handover, conversation, identity, customer, user in rows
        ]
        cases = _open_cases(session)
    return Queue(
        waiting=tuple(e for e in entries if e.taken_by is None),
        mine=tuple(e for e in entries if e.mine),
        others=tuple(e for e in entries if e.taken_by is not None and not e.mine),
        cases=cases,
    )


def _customer_spoke_last(session: Session, conversations: list[Conversation]) -> set[str]:
    last = {c.id: c.last_seq for c in conversations}
    rows = session.execute(
        select(Incoming.conversation_id, func.max(Incoming.seq))
        .where(Incoming.conversation_id.in_(list(last)))
        .group_by(Incoming.conversation_id)
    )
    return {conversation for conversation, seq in rows if seq == last[conversation]}


def _open_cases(session: Session) -> tuple[CaseEntry, ...]:
    """Cases that need a person, also those that the bot only noted beside another."""
    rows = session.execute(
        select(Case, Identity, Customer)
        .join(Conversation, Conversation.id == Case.conversation_id)
        .join(Identity, Identity.id == Conversation.identity_id)
        .outerjoin(Customer, Customer.id == Identity.customer_id)
        .where(Case.status.in_(("with_person", "waiting_approval")))
        .order_by(Case.priority.desc(), Case.created_at)
        .limit(_SHOWN_CASES)
    )
    return tuple(
        CaseEntry(
            conversation=case.conversation_id,
            customer=_name(customer, identity),
            matter=matters.name(case.matter),
            status=case.status,
            booking_code=case.booking_code,
            priority=case.priority,
            deadline=case.deadline_at,
            since=case.created_at,
        )
        for case, identity, customer in rows
    )


def _name(customer: Customer | None, identity: Identity) -> str:
    return (customer.name if customer else None) or identity.display_name or "Pelanggan"


def conversation_view(deps: Deps, conversation_id: str, user_id: str) -> ConversationView | None:
    with deps.store.reading() as session:
        conversation = session.get(Conversation, conversation_id)
        if conversation is None:
            return None
        identity = session.get_one(Identity, conversation.identity_id)
        customer = session.get(Customer, identity.customer_id) if identity.customer_id else None
        handover = active_handover(session, conversation_id)
        holder = session.get(User, handover.taken_by) if handover and handover.taken_by else None
        typed = conversation.typing_at
        return ConversationView(
            conversation=conversation,
            identity=identity,
            customer=customer,
            name=_name(customer, identity),
            handover=handover,
            holder=holder.name if holder else None,
            mine=conversation.owner == "human" and holder is not None and holder.id == user_id,
            cases=_cases(session, conversation_id, handover),
            earlier=_earlier(session, conversation_id),
            messages=tuple(
                transcript(session, conversation_id, after=max(0, conversation.last_seq - _SHOWN_MESSAGES))
            ),
            unsent=_unsent(session, conversation_id),
            customer_types=typed is not None and real_now() - typed < timedelta(seconds=TYPING_SECONDS),
        )


def _cases(session: Session, conversation_id: str, handover: Handover | None) -> tuple[CaseView, ...]:
    """The handover's own first, then the open ones by priority, then those that are over."""
    rows = session.scalars(
        select(Case).where(Case.conversation_id == conversation_id).order_by(Case.updated_at.desc())
    ).all()
    first = handover.case_id if handover else None
    ordered = sorted(rows, key=lambda c: (c.id != first, c.status not in OPEN_STATES, -c.priority))
    return tuple(
        CaseView(
            case=case,
            matter=matters.name(case.matter),
            offers=tuple(
                session.scalars(
                    select(Offer).where(Offer.case_id == case.id).order_by(Offer.created_at, Offer.number)
                )
            ),
            remedies=tuple(
                session.scalars(
                    select(Remedy).where(Remedy.case_id == case.id).order_by(Remedy.planned_at, Remedy.id)
                )
            ),
            timeline=tuple(
                session.scalars(
                    select(TimelineEntry)
                    .where(TimelineEntry.case_id == case.id)
                    .order_by(TimelineEntry.at, TimelineEntry.id)
                )
            ),
            is_open=case.status in OPEN_STATES,
        )
        for case in ordered
    )


def _earlier(session: Session, conversation_id: str) -> tuple[PastHandover, ...]:
    rows = session.execute(
        select(Handover, User)
        .outerjoin(User, User.id == Handover.taken_by)
        .where(Handover.conversation_id == conversation_id, Handover.status == "returned")
        .order_by(Handover.returned_at.desc())
    )
    return tuple(PastHandover(handover, user.name if handover.taken_by else None) for handover, user in rows)


def _unsent(session: Session, conversation_id: str) -> tuple[Outgoing, ...]:
    """On their way to the customer, or stopped with a reason."""
    return tuple(
        session.scalars(
            select(Outgoing)
            .where(
                Outgoing.conversation_id == conversation_id,
                Outgoing.status.in_(("pending", "sending", "parked")),
            )
            .order_by(Outgoing.position)
        )
    )


def queue_mark(deps: Deps) -> str:
    """Changes whenever the queue does."""
    with deps.store.reading() as session:
        parts = [
            session.scalar(select(func.max(Audit.id))),
            session.scalar(select(func.max(Conversation.updated_at))),
            session.scalar(select(func.max(Case.updated_at))),
            session.execute(
                select(func.count(), func.max(Handover.created_at), func.sum(Handover.priority)).where(
                    Handover.status.in_(("waiting", "taken"))
                )
            ).one(),
        ]
    return "|".join(map(str, parts))


def conversation_mark(deps: Deps, conversation_id: str) -> str:
    """Changes whenever the page of the conversation does."""
    with deps.store.reading() as session:
        found = session.get(Conversation, conversation_id)
        if found is None:
            return ""
        typing = found.typing_at is not None and real_now() - found.typing_at < timedelta(
            seconds=TYPING_SECONDS
        )
        mine = Case.conversation_id == conversation_id
        parts = [
            (found.last_seq, found.owner, found.epoch, typing, found.unreachable),
            session.execute(
                select(Outgoing.status, func.count())
                .where(Outgoing.conversation_id == conversation_id, Outgoing.status != "sent")
                .group_by(Outgoing.status)
                .order_by(Outgoing.status)
            ).all(),
            session.scalar(select(func.max(Case.updated_at)).where(mine)),
            session.scalar(
                select(func.max(TimelineEntry.id)).join(Case, Case.id == TimelineEntry.case_id).where(mine)
            ),
            session.execute(
                select(Offer.status, func.count())
                .join(Case, Case.id == Offer.case_id)
                .where(mine)
                .group_by(Offer.status)
                .order_by(Offer.status)
            ).all(),
            session.execute(
                select(Handover.status, Handover.taken_by).where(Handover.conversation_id == conversation_id)
            ).all(),
        ]
    return "|".join(map(str, parts))
