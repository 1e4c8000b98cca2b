"""A world for tests of casework: a real store, the real demo company over HTTP, real texts and SOP.

Only the brain is left out: a test says what was understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot.backend.control import DemoControl
from bot.care.messages import Entity, IncomingMessage, Sender, Understanding
from bot.casework import followup, usecases
from bot.casework.deps import Deps
from bot.casework.turns import begin_turn
from bot.store import conversations
from bot.store.clock import ProductClock
from bot.store.tables import (
    BackendEvent,
    Case,
    Conversation,
    Handover,
    Incoming,
    Job,
    Offer,
    Outgoing,
    Remedy,
    Turn,
    new_id,
)


@dataclass
class World:
    deps: Deps
    control: DemoControl
    clock: ProductClock

    def chat(self, phone: str | None = None, channel: str = "web") -> Chat:
        """A new customer; `phone` counts as proven by the platform."""
        user = new_id()
        sender = Sender(user_id=user, proven_phone=phone)
        with self.deps.store.transaction() as session:
            if channel == "web":
                conversation = conversations.ensure_web_conversation(session, sender, self.clock.now())
            else:
                conversation = conversations.ensure_conversation(
                    session, channel, user, sender, self.clock.now()
                )
        return Chat(self, conversation.id, channel, sender)

    def advance(self, by: timedelta) -> None:
        """Move the product's clock, the demo company's with it."""
        now = self.clock.advance(by)
        self.control.set_clock(now=now)

    def run_due_jobs(self) -> int:
        """Run every job that is due, as the worker would; returns how many."""
        ran = 0
        while True:
            with self.deps.store.reading() as session:
                job = session.scalars(
                    select(Job)
                    .where(Job.status == "waiting", Job.due_at <= self.clock.now())
                    .order_by(Job.due_at)
                ).first()
            if job is None or ran > 50:
                return ran
            followup.run_job(self.deps, job.id)
            with self.deps.store.transaction() as session:
                row = session.get_one(Job, job.id)
                if row.due_at == job.due_at:
                    row.status = "done"
            ran += 1

    def deliver_events(self, code: str | None = None) -> None:
        """Hand the demo company's events to casework, each once, as the endpoint and the worker would."""
        for event in sorted(self.control.events(), key=lambda e: str(e["at"])):
            if code is not None and event.get("booking") != code:
                continue
            with self.deps.store.transaction() as session:
                if session.get(BackendEvent, str(event["id"])) is not None:
                    continue
                session.add(
                    BackendEvent(
                        id=str(event["id"]),
                        type=str(event["type"]),
                        booking_code=event.get("booking"),
                        at=self.clock.now(),
                        data=dict(event.get("data") or {}),
                        received_at=self.clock.now(),
                        attempts=0,
                    )
                )
            followup.handle_event(self.deps, str(event["id"]))

    def rows(self, table: Any, **where: Any) -> list[Any]:
        with self.deps.store.reading() as session:
            return list(session.scalars(select(table).filter_by(**where)))


@dataclass
class Chat:
    """One customer's conversation, driven turn by turn."""

    world: World
    id: str
    channel: str
    sender: Sender
    replies: list[dict[str, Any]] = field(default_factory=list)

    def says(
        self,
        action: str,
        text: str,
        intent: str,
        *,
        further: Sequence[str] = (),
        entities: Sequence[tuple[str, str, Any]] = (),
        option: str | None = None,
        mood: str = "calm",
        kind: str = "text",
        payload: dict[str, Any] | None = None,
    ) -> list[str]:
        """One turn: `entities` as (entity, span, value). Returns the texts of the replies."""
        turn_id = self.write(text, option=option, kind=kind, payload=payload)
        understanding = Understanding(
            text=text,
            intent=intent,
            confidence=0.95,
            further=tuple(further),
            entities=tuple(
                Entity(name, max(text.find(span), 0), max(text.find(span), 0) + len(span), span, value)
                for name, span, value in entities
            ),
            mood=mood,
            option=option,
        )
        return self.act(action, turn_id, understanding)

    def act(self, action: str, turn_id: str, understanding: Understanding) -> list[str]:
        begin_turn(self.world.deps, self.id, turn_id)
        self.replies = getattr(usecases, action)(self.world.deps, turn_id, understanding)
        return [str(r["text"]) for r in self.replies]

    def tap(self, label: str) -> list[str]:
        """Tap the button whose label contains the given words."""
        for reply in reversed(self.outgoing()):
            for option in reply.options:
                if label.lower() in option["label"].lower():
                    return self.says(
                        "choose",
                        option["label"],
                        "choose_option",
                        option=option["value"],
                        kind="option",
                        payload={"value": option["value"]},
                    )
        raise AssertionError(f"no button {label!r} in {[o for r in self.outgoing() for o in r.options]}")

    def write(
        self,
        text: str,
        *,
        option: str | None = None,
        kind: str = "text",
        payload: dict[str, Any] | None = None,
    ) -> str:
        """Store a message and its turn, as inbox and turn worker do; returns the turn's id."""
        now = self.world.clock.now()
        message = IncomingMessage(
            channel=self.channel,
            platform_id=new_id(),
            chat_id=self.id,
            sender=self.sender,
            kind=kind,
            text=text,
            sent_at=now,
            payload=payload or {},
        )
        with self.world.deps.store.transaction() as session:
            conversation = conversations.lock_conversation(session, self.id)
            incoming = conversations.store_incoming(session, conversation, message, sent_at=now, now=now)
            assert incoming is not None
            turn = Turn(
                id=new_id(),
                conversation_id=self.id,
                epoch=conversation.epoch,
                text=text,
                option=option,
                sent_at=now,
                created_at=now,
                awaiting_before=dict(conversation.awaiting),
                attempts=0,
            )
            session.add(turn)
            session.flush()
            incoming.turn_id = turn.id
        return turn.id

    def outgoing(self) -> list[Outgoing]:
        rows = self.world.rows(Outgoing, conversation_id=self.id)
        return sorted(rows, key=lambda r: r.position)

    def said(self) -> str:
        """Everything said to the customer, in order."""
        return "\n---\n".join(r.text for r in self.outgoing())

    def cases(self) -> list[Case]:
        return self.world.rows(Case, conversation_id=self.id)

    def case(self) -> Case:
        (case,) = self.cases()
        return case

    def offers(self, status: str | None = None) -> list[Offer]:
        found = [o for c in self.cases() for o in self.world.rows(Offer, case_id=c.id)]
        return [o for o in found if status is None or o.status == status]

    def remedies(self) -> list[Remedy]:
        return [r for c in self.cases() for r in self.world.rows(Remedy, case_id=c.id)]

    def handovers(self) -> list[Handover]:
        return self.world.rows(Handover, conversation_id=self.id)

    def conversation(self) -> Conversation:
        (row,) = self.world.rows(Conversation, id=self.id)
        return row

    def incoming(self) -> list[Incoming]:
        return self.world.rows(Incoming, conversation_id=self.id)
