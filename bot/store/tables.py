"""Every table of the product, as SQLAlchemy models.

Ids are random hex strings unless said otherwise. JSON columns hold plain data whose shape the
module that writes them documents. Money is integer rupiah, times are aware UTC.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.store.types import EncryptedText, UTCDateTime


def new_id() -> str:
    return secrets.token_hex(12)


# None means SQL NULL, so that "IS NULL" finds it; a JSON column is assigned anew, never changed in place.
_Json = JSON(none_as_null=True)


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: _Json, list[Any]: _Json, datetime: UTCDateTime}  # noqa: RUF012
    # Every constraint has a name, so that later migrations can change it on SQLite and PostgreSQL alike.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Meta(Base):
    """Single values: clock offset, Telegram offset, instance name."""

    __tablename__ = "meta"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Customer(Base):
    """A person, known once somebody on a channel was verified against the company's records."""

    __tablename__ = "customers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    backend_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    name: Mapped[str | None] = mapped_column(String(200))
    form_of_address: Mapped[str | None] = mapped_column(String(20))
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    left_alone: Mapped[bool] = mapped_column(Boolean, default=False)  # asked for no follow-ups
    created_at: Mapped[datetime]


class Identity(Base):
    """A person on one channel; what they may see depends on how they were verified."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(128))  # platform's user id
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    display_name: Mapped[str | None] = mapped_column(String(200))
    # Proven by the platform or a signature, never typed: E.164 phone, lower-case mail.
    proven_phone: Mapped[str | None] = mapped_column(String(20))
    proven_email: Mapped[str | None] = mapped_column(String(254))
    proven_subject: Mapped[str | None] = mapped_column(String(80))  # JWT sub
    proven_codes: Mapped[list[Any]] = mapped_column(default=list)  # booking codes opened by a second fact
    created_at: Mapped[datetime]


class VerificationFailure(Base):
    """One failed attempt; five within an hour lock the identity, or the booking code."""

    __tablename__ = "verification_failures"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    identity_id: Mapped[str] = mapped_column(ForeignKey("identities.id"), index=True)
    booking_code: Mapped[str | None] = mapped_column(String(40), index=True)
    at: Mapped[datetime]


class Conversation(Base):
    """One chat on one channel, for its whole life. Its id is Rasa's sender_id."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "external_id"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(16))
    external_id: Mapped[str] = mapped_column(String(128))  # platform's chat id
    identity_id: Mapped[str] = mapped_column(ForeignKey("identities.id"), index=True)
    owner: Mapped[str] = mapped_column(String(8), default="bot")  # "bot" | "human"
    epoch: Mapped[int] = mapped_column(Integer, default=0)  # grows with each change of owner
    last_seq: Mapped[int] = mapped_column(Integer, default=0)  # of what is visible in the transcript
    register: Mapped[str] = mapped_column(String(12), default="casual")
    # What the last reply asked for: {"kind": "nothing|fact|choice|confirmation|story", "fact"?, "case"?,
    # "reason"?, "offer"?, "asked"?}; `bot.care.dialogue.Awaiting` is its type.
    awaiting: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Facts the customer has given, not tied to a case yet: {"booking_code": …, "amount": …}
    known: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Response wordings already used, so that none is sent twice in a row: {"utter_x": [0, 2]}
    wordings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # A turn is due at this moment (quiet period over, or retry); NULL when nothing is unanswered.
    # Like the leases and the typing marks, in real time.
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    due_by: Mapped[datetime | None]  # neither typing nor further bubbles put the turn off beyond this
    typing_at: Mapped[datetime | None]  # the customer was seen typing
    agent_typing_at: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    # The platform said never (blocked, window closed); cleared by the customer's next message.
    unreachable: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class Incoming(Base):
    """A message from a customer, stored before the platform is told."""

    __tablename__ = "incoming"
    __table_args__ = (
        UniqueConstraint("channel", "platform_id"),
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_incoming_unanswered", "conversation_id", "turn_id"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    channel: Mapped[str] = mapped_column(String(16))
    platform_id: Mapped[str] = mapped_column(String(200))
    seq: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))  # "text" | "option" | "contact" | "file" | "other"
    text: Mapped[str] = mapped_column(Text)
    # option: {"value"}; contact: {"phone", "own": bool}; file: {"path", "name", "mime", "size"}
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime]
    turn_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id"))


class Turn(Base):
    """All bubbles answered together. Committed once: `committed_at` and `result` are set in one transaction."""

    __tablename__ = "turns"
    __table_args__ = (Index("ix_turns_open", "conversation_id", "committed_at"),)
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    epoch: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)  # bubbles joined by newline, as the customer sent them
    option: Mapped[str | None] = mapped_column(String(200))
    sent_at: Mapped[datetime]  # of the last bubble, on the product's clock
    created_at: Mapped[datetime]
    # Set by begin_turn and repeated on retry: {"awaiting": kind, "register": …}
    slots: Mapped[dict[str, Any] | None]
    awaiting_before: Mapped[dict[str, Any]] = mapped_column(default=dict)  # restored on withdrawal
    exec_until: Mapped[datetime | None]  # an action is at work on the turn until then (real time)
    action: Mapped[str | None] = mapped_column(String(40))
    parse: Mapped[dict[str, Any] | None]  # intent, confidence, further, entities, signals
    result: Mapped[list[Any] | None]  # replies of the commit: [{"text", "options"?}]
    committed_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    retry_at: Mapped[datetime | None]  # the brain failed: not before this (real time)
    failing_since: Mapped[datetime | None]  # first failure (real time)
    error: Mapped[str | None] = mapped_column(Text)


class Outgoing(Base):
    """A message to a customer (outbox). `seq` is given when it becomes visible, that is sent."""

    __tablename__ = "outgoing"
    __table_args__ = (
        UniqueConstraint("conversation_id", "position"),
        Index("ix_outgoing_due", "status", "due_at"),
        Index("ix_outgoing_open", "conversation_id", "status", "position"),
        Index("ix_outgoing_seq", "conversation_id", "seq"),
    )
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # our own idempotency key
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    turn_id: Mapped[str | None] = mapped_column(ForeignKey("turns.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int] = mapped_column(BigInteger)  # order within the conversation
    author: Mapped[str] = mapped_column(String(8))  # "bot" | "agent" | "system"
    author_name: Mapped[str | None] = mapped_column(String(200))
    epoch: Mapped[int] = mapped_column(Integer)
    binding: Mapped[bool] = mapped_column(
        Boolean, default=False
    )  # reports an executed remedy: always goes out
    response: Mapped[str | None] = mapped_column(String(80))  # name in domain.yml
    text: Mapped[str] = mapped_column(Text)
    options: Mapped[list[Any]] = mapped_column(default=list)  # [{"label", "value"}]
    attachment: Mapped[dict[str, Any] | None]  # {"url" | "path", "name", "mime"}
    ask_contact: Mapped[bool] = mapped_column(
        Boolean, default=False
    )  # offer the platform's contact card button
    status: Mapped[str] = mapped_column(String(12), default="pending")
    # pending | sending | sent | withdrawn | parked
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]  # real time
    started_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    seq: Mapped[int | None] = mapped_column(Integer)
    sent_at: Mapped[datetime | None]
    platform_id: Mapped[str | None] = mapped_column(String(200))
    parts_sent: Mapped[int] = mapped_column(Integer, default=0)  # where a channel must split a message
    repeated: Mapped[bool] = mapped_column(Boolean, default=False)  # sent again after an unknown outcome
    error: Mapped[str | None] = mapped_column(Text)


class Case(Base):
    """One matter of one customer, across channels."""

    __tablename__ = "cases"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)
    matter: Mapped[str] = mapped_column(String(40))  # label of annotation.md
    status: Mapped[str] = mapped_column(String(24), default="open", index=True)
    # open | waiting_customer | waiting_approval | waiting_system | with_person | resolved | closed
    priority: Mapped[int] = mapped_column(Integer, default=0)  # higher is more pressing
    booking_code: Mapped[str | None] = mapped_column(String(40), index=True)
    words: Mapped[str] = mapped_column(Text, default="")  # the customer's own
    proposal: Mapped[str | None] = mapped_column(Text)
    diagnosis: Mapped[dict[str, Any] | None]  # bot.care.diagnosis.Diagnosis as JSON
    decision: Mapped[dict[str, Any] | None]  # bot.care.sop.Decision as JSON, with its trace
    cause: Mapped[str | None] = mapped_column(String(60), index=True)
    sop_version: Mapped[str | None] = mapped_column(String(40))
    mood: Mapped[list[Any]] = mapped_column(default=list)  # over time: [{"at", "mood"}]
    refund_account: Mapped[str | None] = mapped_column(EncryptedText)
    outcome: Mapped[str | None] = mapped_column(Text)
    deadline_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class TimelineEntry(Base):
    """What the customer went through, before and since, each with source and time."""

    __tablename__ = "timeline"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(24))
    # shown | billed | paid | sent | promised | tried | said | checked | offered | done | handover | note
    source: Mapped[str] = mapped_column(String(16))  # customer | backend | bot | agent | system
    text: Mapped[str] = mapped_column(Text)  # Indonesian, for the desk
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Offer(Base):
    """One alternative put to the customer, with the exact terms and the SOP version it was made under."""

    __tablename__ = "offers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)  # 1-based, as shown
    remedy: Mapped[str] = mapped_column(String(40))
    terms: Mapped[dict[str, Any]]  # amounts, deadlines; what execution uses
    authority: Mapped[str] = mapped_column(String(12))  # bot | agent | supervisor
    rule: Mapped[str] = mapped_column(String(80))  # id of the SOP rule
    sop_version: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(Text)
    cost: Mapped[int] = mapped_column(Integer, default=0)  # rupiah that the company gives away
    status: Mapped[str] = mapped_column(String(12), default="open")
    # open | chosen | done | declined | superseded | failed
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class Remedy(Base):
    """One act on the company's system: written with its key first, then called, then recorded."""

    __tablename__ = "remedies"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # idempotency key sent to the backend
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("offers.id"))
    step: Mapped[str] = mapped_column(String(24))  # waive | hold | request_payment | accept | issue | …
    arguments: Mapped[dict[str, Any]]
    granted_by: Mapped[str] = mapped_column(String(80))  # "bot" or the user's name
    status: Mapped[str] = mapped_column(String(12), default="planned")  # planned | done | refused | unknown
    result: Mapped[dict[str, Any] | None]
    planned_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Handover(Base):
    """A conversation put to people: waiting, taken by one, returned with an outcome."""

    __tablename__ = "handovers"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    reason: Mapped[str] = mapped_column(
        String(40)
    )  # asked | no_remedy | authority | system_down | brain_down …
    summary: Mapped[str] = mapped_column(Text)  # at most 60 words
    priority: Mapped[int] = mapped_column(Integer, default=0)
    status: Mapped[str] = mapped_column(
        String(12), default="waiting", index=True
    )  # waiting | taken | returned
    taken_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(40))  # solved | back_to_bot | promised | refused
    agreed: Mapped[str | None] = mapped_column(Text)  # what was agreed with the customer


class Job(Base):
    """Work at a time: follow-ups, retries after an outage, deadlines. Claimed like turns."""

    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime] = mapped_column(index=True)  # on the product's clock
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(String(12), default="waiting")  # waiting | done | dropped
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]  # real time
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class BackendEvent(Base):
    """A signed event of the company's system, stored once before it is acknowledged."""

    __tablename__ = "backend_events"
    id: Mapped[str] = mapped_column(String(120), primary_key=True)  # the sender's id
    type: Mapped[str] = mapped_column(String(40))
    booking_code: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[datetime | None]  # real time
    error: Mapped[str | None] = mapped_column(Text)


class User(Base):
    """Somebody who works at the desk, in the studio or in operations."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(12))  # agent | supervisor | trainer | admin
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class UserSession(Base):
    __tablename__ = "user_sessions"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of the cookie
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Audit(Base):
    """Who did what, for good: written in the same transaction as the act."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(80))
    act: Mapped[str] = mapped_column(String(40))
    object: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
