"""Queries on people, conversations and what is said in them. Each takes an open session.

Whatever counts within a conversation (`last_seq`, positions, turns) is changed under the lock of its row.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.care.messages import IncomingMessage, Sender
from bot.store.signals import announce, visible
from bot.store.tables import Conversation, Handover, Identity, Incoming, Outgoing, Turn, new_id

# How long a "is typing" of a person is believed.
TYPING_SECONDS = 6.0


class Waiting(TypedDict):
    """One conversation that waits for a human."""

    conversation: str
    channel: str
    id: str
    since: str
    priority: int


# -- people and conversations


def insert_if_absent(session: Session, table: Any, values: dict[str, Any], unique: Iterable[str]) -> None:
    """Insert a row unless one with the same unique columns exists, also against a concurrent insert."""
    target: Table = table.__table__
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(target).values(**values).on_conflict_do_nothing(index_elements=list(unique)))


def find_conversation(session: Session, channel: str, external_id: str) -> Conversation | None:
    return session.scalar(
        select(Conversation).where(Conversation.channel == channel, Conversation.external_id == external_id)
    )


def lock_conversation(session: Session, conversation_id: str) -> Conversation:
    """The conversation's row, fresh, and held until the transaction ends."""
    return session.scalars(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def ensure_identity(session: Session, channel: str, sender: Sender, now: datetime) -> Identity:
    """The sender's identity on the channel, made where new, with what the platform proved just now."""
    insert_if_absent(
        session,
        Identity,
        {
            "id": new_id(),
            "channel": channel,
            "external_id": sender.user_id,
            "display_name": sender.name,
            "proven_codes": [],
            "created_at": now,
        },
        ("channel", "external_id"),
    )
    identity = session.scalars(
        select(Identity)
        .where(Identity.channel == channel, Identity.external_id == sender.user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    for field in ("proven_phone", "proven_email", "proven_subject"):
        if (value := getattr(sender, field)) and value != getattr(identity, field):
            setattr(identity, field, value)
    if sender.name and sender.name != identity.display_name:
        identity.display_name = sender.name
    return identity


def ensure_conversation(
    session: Session, channel: str, external_id: str, sender: Sender, now: datetime
) -> Conversation:
    """The conversation of a platform's chat, made where new."""
    found = find_conversation(session, channel, external_id)
    if found is not None:
        identity = session.get_one(Identity, found.identity_id)
        if identity.external_id == sender.user_id:
            ensure_identity(session, channel, sender, now)
        return found
    identity = ensure_identity(session, channel, sender, now)
    return _insert_conversation(session, new_id(), channel, external_id, identity, now)


def ensure_web_conversation(session: Session, sender: Sender, now: datetime) -> Conversation:
    """The one web conversation of an identity; its id is also the platform's."""
    # Made under the identity's row lock, so that two sign-ins at once meet in one conversation.
    identity = ensure_identity(session, "web", sender, now)
    found = session.scalar(
        select(Conversation)
        .where(Conversation.channel == "web", Conversation.identity_id == identity.id)
        .order_by(Conversation.created_at)
        .limit(1)
    )
    if found is not None:
        return found
    conversation_id = new_id()
    return _insert_conversation(session, conversation_id, "web", conversation_id, identity, now)


def _insert_conversation(
    session: Session, conversation_id: str, channel: str, external_id: str, identity: Identity, now: datetime
) -> Conversation:
    values = {column.name: column.default.arg for column in _defaults()}
    values |= {
        "id": conversation_id,
        "channel": channel,
        "external_id": external_id,
        "identity_id": identity.id,
        "awaiting": {},
        "known": {},
        "wordings": {},
        "created_at": now,
        "updated_at": now,
    }
    insert_if_absent(session, Conversation, values, ("channel", "external_id"))
    found = find_conversation(session, channel, external_id)
    if found is None:
        raise RuntimeError("a conversation just inserted is not there")
    return found


def _defaults() -> list[Any]:
    return [c for c in Conversation.__table__.columns if c.default is not None and c.default.is_scalar]


# -- what is said


def next_seq(conversation: Conversation) -> int:
    """The next place in the transcript; the caller holds the row's lock."""
    conversation.last_seq += 1
    return conversation.last_seq


def store_incoming(
    session: Session,
    conversation: Conversation,
    message: IncomingMessage,
    *,
    sent_at: datetime,
    now: datetime,
) -> Incoming | None:
    """Keep a customer's message; None when the platform delivered it before. The row is locked."""
    known = session.scalar(
        select(Incoming.id).where(
            Incoming.channel == message.channel, Incoming.platform_id == message.platform_id
        )
    )
    if known is not None:
        return None
    incoming = Incoming(
        id=new_id(),
        conversation_id=conversation.id,
        channel=message.channel,
        platform_id=message.platform_id,
        seq=next_seq(conversation),
        kind=message.kind,
        text=message.text,
        payload=dict(message.payload),
        sent_at=sent_at,
        received_at=now,
        turn_id=None,
    )
    session.add(incoming)
    conversation.updated_at = now
    conversation.unreachable = None  # whoever writes can be written to
    announce(session, visible(conversation.id))
    return incoming


def unanswered(session: Session, conversation_id: str) -> list[Incoming]:
    """What no turn has taken up, in order."""
    return list(
        session.scalars(
            select(Incoming)
            .where(Incoming.conversation_id == conversation_id, Incoming.turn_id.is_(None))
            .order_by(Incoming.seq)
        )
    )


def incoming_of_turn(session: Session, turn_id: str, conversation_id: str) -> list[Incoming]:
    """The bubbles of a turn, in order."""
    return list(
        session.scalars(
            select(Incoming)
            .where(Incoming.conversation_id == conversation_id, Incoming.turn_id == turn_id)
            .order_by(Incoming.seq)
        )
    )


def offered_options(session: Session, conversation_id: str, *, recent: int = 20) -> list[dict[str, Any]]:
    """Options of the latest sent messages, newest first."""
    rows = session.scalars(
        select(Outgoing.options)
        .where(Outgoing.conversation_id == conversation_id, Outgoing.seq.is_not(None))
        .order_by(Outgoing.seq.desc())
        .limit(recent)
    )
    return [option for options in rows for option in options]


def transcript(
    session: Session, conversation_id: str, *, after: int = 0, limit: int | None = None
) -> list[dict[str, Any]]:
    """What is visible in the conversation after a place, in order, as the web chat API's message objects."""
    said = session.scalars(
        select(Incoming)
        .where(Incoming.conversation_id == conversation_id, Incoming.seq > after)
        .order_by(Incoming.seq)
        .limit(limit)
    )
    answered = session.scalars(
        select(Outgoing)
        .where(Outgoing.conversation_id == conversation_id, Outgoing.seq > after)
        .order_by(Outgoing.seq)
        .limit(limit)
    )
    messages = [_said(row) for row in said] + [_answered(row) for row in answered]
    messages.sort(key=lambda message: int(message["seq"]))
    return messages[:limit]


def attachment(session: Session, conversation_id: str, seq: int) -> dict[str, Any] | None:
    """The file at a place of the transcript: {"path" | "url", "name", "mime"}."""
    incoming = session.scalar(
        select(Incoming).where(Incoming.conversation_id == conversation_id, Incoming.seq == seq)
    )
    if incoming is not None:
        return dict(incoming.payload) if incoming.kind == "file" else None
    return session.scalar(
        select(Outgoing.attachment).where(Outgoing.conversation_id == conversation_id, Outgoing.seq == seq)
    )


def _said(row: Incoming) -> dict[str, Any]:
    message: dict[str, Any] = {
        "seq": row.seq,
        "from": "customer",
        "text": row.text,
        "at": row.sent_at.isoformat(),
    }
    if row.kind == "file":
        message["attachment"] = _shown_attachment(row.payload, row.seq)
    return message


def _answered(row: Outgoing) -> dict[str, Any]:
    at = row.sent_at or row.created_at
    message: dict[str, Any] = {"seq": row.seq, "from": row.author, "text": row.text, "at": at.isoformat()}
    if row.author_name:
        message["name"] = row.author_name
    if row.options:
        message["options"] = row.options
    if row.attachment:
        message["attachment"] = _shown_attachment(row.attachment, row.seq or 0)
    if row.repeated:
        message["repeated"] = True
    return message


def _shown_attachment(kept: dict[str, Any], seq: int) -> dict[str, Any]:
    """Without the place on our disk; the web's router serves the file under the message's number."""
    shown = {key: kept[key] for key in ("name", "mime", "size", "url") if kept.get(key) is not None}
    if "url" not in shown and kept.get("path"):
        shown["url"] = f"/channels/web/files/{seq}"
    return shown


# -- who is at it


def is_typing(session: Session, conversation_id: str, now: datetime) -> bool:
    """Whether the customer may expect words soon: a turn is due or at work, or an agent types."""
    row = session.get(Conversation, conversation_id)
    if row is None:
        return False
    if row.agent_typing_at is not None and now - row.agent_typing_at < timedelta(seconds=TYPING_SECONDS):
        return True
    if row.owner != "bot" or row.due_at is None:
        return False
    if row.due_at <= now or (row.lease_until is not None and row.lease_until > now):
        return True
    return open_turn(session, conversation_id) is not None


def mark_agent_typing(session: Session, conversation_id: str, now: datetime) -> None:
    """An agent types; `now` is real time."""
    lock_conversation(session, conversation_id).agent_typing_at = now
    announce(session, visible(conversation_id))


def open_turn(session: Session, conversation_id: str) -> Turn | None:
    """The turn that was begun and neither committed nor withdrawn; there is at most one."""
    return session.scalar(
        select(Turn)
        .where(
            Turn.conversation_id == conversation_id,
            Turn.committed_at.is_(None),
            Turn.withdrawn_at.is_(None),
        )
        .order_by(Turn.created_at)
        .limit(1)
    )


def waiting_for_human(session: Session) -> list[Waiting]:
    """Conversations that nobody has taken yet, the most pressing first."""
    rows = session.execute(
        select(Handover, Conversation)
        .join(Conversation, Conversation.id == Handover.conversation_id)
        .where(Handover.status == "waiting")
        .order_by(Handover.priority.desc(), Handover.created_at)
    ).all()
    return [
        Waiting(
            conversation=conversation.id,
            channel=conversation.channel,
            id=conversation.external_id,
            since=handover.created_at.isoformat(),
            priority=handover.priority,
        )
        for handover, conversation in rows
    ]
