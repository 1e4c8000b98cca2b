"""Queries on messages to customers: enqueued by casework and agents, sent by the outbox worker.

    pending --> sending --> sent | parked
    pending --> withdrawn | parked

A row is open while it is pending or sending. Only the first open row of a conversation is ever sent,
which is what keeps the order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.care.messages import Option, OutgoingMessage
from bot.store.clock import real_now
from bot.store.conversations import lock_conversation, next_seq
from bot.store.signals import OUTBOX, announce, visible
from bot.store.tables import Conversation, Outgoing, Turn, new_id

OPEN = ("pending", "sending")
# Platforms without an outcome to wait for: a row is sent by becoming visible.
IMMEDIATE = frozenset({"web", "shell"})


def enqueue(
    session: Session,
    *,
    key: str,
    conversation_id: str,
    text: str,
    now: datetime,
    due_at: datetime | None = None,
    turn_id: str | None = None,
    case_id: str | None = None,
    author: str = "bot",
    author_name: str | None = None,
    epoch: int | None = None,
    response: str | None = None,
    options: Sequence[Option | dict[str, str]] = (),
    attachment: dict[str, Any] | None = None,
    ask_contact: bool = False,
    binding: bool = False,
) -> Outgoing:
    """Add a message to the conversation's end; a repeated key returns the row it made first.

    `now` is the product's time, `due_at` real time (default: at once). The row's epoch is the turn's where
    there is a turn, else the conversation's: a bot's row is dropped when ownership changed since, unless
    it is `binding`. What the bot says in the act of handing over must be binding or by "system".
    """
    conversation = lock_conversation(session, conversation_id)
    known = session.scalar(select(Outgoing).where(Outgoing.key == key))
    if known is not None:
        return known
    if epoch is None:
        turn = session.get(Turn, turn_id) if turn_id is not None else None
        epoch = conversation.epoch if turn is None else turn.epoch
    last = session.scalar(
        select(func.max(Outgoing.position)).where(Outgoing.conversation_id == conversation_id)
    )
    row = Outgoing(
        id=new_id(),
        key=key,
        conversation_id=conversation_id,
        turn_id=turn_id,
        case_id=case_id,
        position=(last or 0) + 1,
        author=author,
        author_name=author_name,
        epoch=epoch,
        binding=binding,
        response=response,
        text=text,
        options=[o if isinstance(o, dict) else {"label": o.label, "value": o.value} for o in options],
        attachment=attachment,
        ask_contact=ask_contact,
        status="pending",
        created_at=now,
        due_at=due_at or real_now(),
        attempts=0,
        parts_sent=0,
        repeated=False,
    )
    session.add(row)
    session.flush()
    announce(session, OUTBOX)
    return row


@dataclass(frozen=True, slots=True)
class Sending:
    """A row claimed for one attempt; `attempt` is the claim's token."""

    id: str
    attempt: int
    conversation_id: str
    channel: str
    message: OutgoingMessage
    parts_sent: int
    repeated: bool
    created_at: datetime
    # A crash or a cut connection left the outcome of an earlier attempt open.
    unknown: bool


def conversations_to_serve(
    session: Session,
    channels: Collection[str],
    *,
    now: datetime,
    stuck_before: datetime,
    skip: Collection[str] = (),
    limit: int = 50,
) -> list[tuple[str, str]]:
    """(conversation, channel) whose first open row may be sent now, or hangs in sending since `stuck_before`."""
    earlier = aliased(Outgoing)
    ready = or_(
        and_(Outgoing.status == "pending", Outgoing.due_at <= now),
        and_(Outgoing.status == "sending", Outgoing.started_at <= stuck_before),
    )
    blocked = exists().where(
        earlier.conversation_id == Outgoing.conversation_id,
        earlier.status.in_(OPEN),
        earlier.position < Outgoing.position,
    )
    query = (
        select(Outgoing.conversation_id, Conversation.channel)
        .join(Conversation, Conversation.id == Outgoing.conversation_id)
        .where(Outgoing.status.in_(OPEN), ready, ~blocked, Conversation.channel.in_(list(channels)))
        .order_by(Outgoing.due_at)
        .limit(limit)
    )
    if skip:
        query = query.where(Outgoing.conversation_id.not_in(list(skip)))
    return [(row[0], row[1]) for row in session.execute(query)]


def next_due(session: Session) -> datetime | None:
    """When the next pending row may be sent (real time)."""
    return session.scalar(select(func.min(Outgoing.due_at)).where(Outgoing.status == "pending"))


def claim_next(
    session: Session, conversation_id: str, *, now: datetime, stuck_before: datetime, product_now: datetime
) -> Sending | None:
    """Settle what needs no platform, and mark the first row that does as being sent.

    Withdraws bot rows of an old epoch, parks rows of a chat that cannot be reached, makes web rows
    visible. None when there is nothing to send now, or another worker is at the conversation.
    """
    conversation = session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if conversation is None:
        return None
    rows = session.scalars(
        select(Outgoing)
        .where(Outgoing.conversation_id == conversation_id, Outgoing.status.in_(OPEN))
        .order_by(Outgoing.position)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        if row.status == "sending":
            if row.started_at is not None and row.started_at > stuck_before:
                return None
            return _start(conversation, row, now, unknown=True)
        # A repeat stands for a message that the customer may have seen already: it is settled, not judged.
        if not row.repeated and _outdated(conversation, row):
            row.status = "withdrawn"
        elif conversation.unreachable is not None:
            row.status, row.error = "parked", conversation.unreachable
        elif row.due_at > now:
            return None
        elif conversation.channel in IMMEDIATE:
            _mark_sent(session, conversation, row, product_now)
        else:
            return _start(conversation, row, now, unknown=row.repeated)
    return None


def _outdated(conversation: Conversation, row: Outgoing) -> bool:
    """Whether the bot may no longer say this: a human holds the conversation, or has held it since."""
    if row.author != "bot" or row.binding:
        return False
    return conversation.owner != "bot" or row.epoch != conversation.epoch


def _start(conversation: Conversation, row: Outgoing, now: datetime, *, unknown: bool) -> Sending:
    row.status, row.started_at = "sending", now
    row.attempts += 1
    return Sending(
        id=row.id,
        attempt=row.attempts,
        conversation_id=conversation.id,
        channel=conversation.channel,
        message=OutgoingMessage(
            key=row.key,
            chat_id=conversation.external_id,
            author=row.author,
            author_name=row.author_name,
            text=row.text,
            options=tuple(Option(o["label"], o["value"]) for o in row.options),
            attachment=row.attachment,
            ask_contact=row.ask_contact,
        ),
        parts_sent=row.parts_sent,
        repeated=row.repeated,
        created_at=row.created_at,
        unknown=unknown,
    )


def _held(session: Session, sending: Sending) -> tuple[Conversation, Outgoing] | None:
    """The claimed row, unless another worker has taken the attempt over."""
    conversation = lock_conversation(session, sending.conversation_id)
    row = session.get_one(Outgoing, sending.id, populate_existing=True)
    if row.status != "sending" or row.attempts != sending.attempt:
        return None
    return conversation, row


def record_repeat(session: Session, sending: Sending) -> None:
    """About to send again what may have arrived already: said in the transcript, before the call."""
    if held := _held(session, sending):
        held[1].repeated = True


def record_part(session: Session, sending: Sending, parts_sent: int) -> None:
    if held := _held(session, sending):
        # The attempt is alive: its time begins anew with each part.
        held[1].parts_sent, held[1].started_at = parts_sent, real_now()


def record_sent(session: Session, sending: Sending, platform_id: str, *, product_now: datetime) -> None:
    if held := _held(session, sending):
        conversation, row = held
        row.platform_id = platform_id[:200]
        _mark_sent(session, conversation, row, product_now)


def record_retry(
    session: Session, sending: Sending, *, due_at: datetime, error: str, unknown: bool = False
) -> None:
    """Not sent, or nobody knows: pending again. An unknown outcome marks the next attempt as a repeat."""
    if held := _held(session, sending):
        _, row = held
        row.status, row.due_at, row.error = "pending", due_at, error[:2000]
        row.repeated = row.repeated or unknown


def record_parked(session: Session, sending: Sending, reason: str, *, unreachable: bool) -> None:
    if held := _held(session, sending):
        conversation, row = held
        row.status, row.error = "parked", reason[:2000]
        if unreachable:
            conversation.unreachable = reason[:200]


def _mark_sent(session: Session, conversation: Conversation, row: Outgoing, product_now: datetime) -> None:
    row.status, row.sent_at, row.error = "sent", product_now, None
    row.seq = next_seq(conversation)
    conversation.updated_at = product_now
    announce(session, visible(conversation.id))


def withdraw_turn(session: Session, turn: Turn) -> bool:
    """Withdraw a turn's replies if none has begun to leave and none is binding. The row is locked."""
    rows = list(session.scalars(select(Outgoing).where(Outgoing.turn_id == turn.id)))
    if not rows or any(row.binding or row.status != "pending" or row.attempts for row in rows):
        return False
    for row in rows:
        row.status = "withdrawn"
    return True
