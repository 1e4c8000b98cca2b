"""Queries on turns and on the lease of a conversation that lets one worker at a time take them.

All times are real time, but a turn's `created_at` and `sent_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from bot.store.conversations import (
    incoming_of_turn,
    lock_conversation,
    open_turn,
    unanswered,
)
from bot.store.outbox import withdraw_turn
from bot.store.signals import TURNS, announce, visible
from bot.store.tables import Conversation, Incoming, Turn, new_id


@dataclass(frozen=True, slots=True)
class Claim:
    """A conversation held by one worker until the lease ends or is released."""

    conversation_id: str
    channel: str
    chat_id: str
    token: str


def claim_due(session: Session, *, now: datetime, lease: timedelta) -> Claim | None:
    """Take the conversation that has been due longest and that nobody holds."""
    row = session.scalar(
        select(Conversation)
        .where(
            Conversation.due_at <= now,
            or_(Conversation.lease_until.is_(None), Conversation.lease_until <= now),
        )
        .order_by(Conversation.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    row.lease_token, row.lease_until = new_id(), now + lease
    announce(session, visible(row.id))
    return Claim(row.id, row.channel, row.external_id, row.lease_token)


def next_due(session: Session, now: datetime) -> datetime | None:
    """When the next conversation that nobody holds is due."""
    return session.scalar(
        select(func.min(Conversation.due_at)).where(
            or_(Conversation.lease_until.is_(None), Conversation.lease_until <= now)
        )
    )


def renew(session: Session, claim: Claim, until: datetime) -> bool:
    """Hold the conversation longer; False when another worker has it."""
    changed = session.execute(
        update(Conversation)
        .where(Conversation.id == claim.conversation_id, Conversation.lease_token == claim.token)
        .values(lease_until=until)
        .returning(Conversation.id)
    ).first()
    return changed is not None


def holds(conversation: Conversation, claim: Claim) -> bool:
    return conversation.lease_token == claim.token


def release(session: Session, claim: Claim, *, due_at: datetime | None = None) -> None:
    """Give the conversation back; the next turn is due when `due_at` says, or when what waits says."""
    conversation = lock_conversation(session, claim.conversation_id)
    if not holds(conversation, claim):
        return
    conversation.lease_token = conversation.lease_until = None
    if due_at is not None:
        conversation.due_at = due_at
    elif not unanswered(session, conversation.id) and open_turn(session, conversation.id) is None:
        conversation.due_at = conversation.due_by = None
    announce(session, TURNS, visible(conversation.id))


def take_turn(session: Session, claim: Claim, *, product_now: datetime) -> Turn | None:
    """The open turn of a held conversation, or a new one of all that is unanswered; None when nothing is.

    A new turn takes the previous one's bubbles along if its replies could still be withdrawn.
    """
    conversation = lock_conversation(session, claim.conversation_id)
    if not holds(conversation, claim):
        return None
    if (turn := open_turn(session, conversation.id)) is not None:
        return turn
    waiting = unanswered(session, conversation.id)
    batch = _batch(waiting)
    if not batch:
        return None
    if batch[0].kind != "option":
        batch = _taken_back(session, conversation) + batch
    turn = _new_turn(conversation, batch, product_now)
    session.add(turn)
    session.flush()
    for row in batch:
        row.turn_id = turn.id
    if all(row.turn_id for row in waiting):
        conversation.due_by = None
    return turn


def _batch(waiting: list[Incoming]) -> list[Incoming]:
    """The bubbles before the first tapped option; an option is a turn of its own."""
    if waiting and waiting[0].kind == "option":
        return waiting[:1]
    batch = []
    for row in waiting:
        if row.kind == "option":
            break
        batch.append(row)
    return batch


def _new_turn(conversation: Conversation, batch: list[Incoming], product_now: datetime) -> Turn:
    option = batch[0].payload.get("value", "") if batch[0].kind == "option" else None
    return Turn(
        id=new_id(),
        conversation_id=conversation.id,
        epoch=conversation.epoch,
        text="\n".join(row.text for row in batch),
        option=option,
        sent_at=batch[-1].sent_at,
        created_at=product_now,
        awaiting_before=dict(conversation.awaiting),
        attempts=0,
    )


def _taken_back(session: Session, conversation: Conversation) -> list[Incoming]:
    """Bubbles of the previous turn, if its replies have just been withdrawn; else none."""
    # A human who holds the conversation is not answered for, and what they read stays as it was read.
    if conversation.owner != "bot":
        return []
    last = session.scalar(
        select(Turn)
        .join(Incoming, Incoming.turn_id == Turn.id)
        .where(Incoming.conversation_id == conversation.id)
        .order_by(Incoming.seq.desc())
        .limit(1)
    )
    if last is None or last.committed_at is None or last.option is not None:
        return []
    if last.epoch != conversation.epoch or not withdraw_turn(session, last):
        return []
    last.withdrawn_at = last.committed_at
    conversation.awaiting = dict(last.awaiting_before)
    return incoming_of_turn(session, last.id, conversation.id)
