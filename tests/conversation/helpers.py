"""Stand-ins for what surrounds the conversation path: a brain, casework, a platform."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.care.messages import IncomingMessage, OutgoingMessage, Sender
from bot.errors import BrainUnavailable
from bot.store.clock import real_now
from bot.store.conversations import lock_conversation
from bot.store.engine import Store
from bot.store.outbox import enqueue
from bot.store.tables import Conversation, Incoming, Outgoing, Turn


class RealClock:
    def now(self) -> datetime:
        return real_now()

    def offset(self) -> timedelta:
        return timedelta()


numbers = itertools.count(1)


def message(
    text: str,
    *,
    chat: str = "7",
    channel: str = "fake",
    kind: str = "text",
    id: str | None = None,
    **payload: Any,
) -> IncomingMessage:
    return IncomingMessage(
        channel=channel,
        platform_id=id or f"m{next(numbers)}",
        chat_id=chat,
        sender=Sender(chat, "Budi"),
        kind=kind,
        text=text,
        sent_at=real_now(),
        payload=payload,
    )


class FakeBrain:
    """Runs casework's `commit` as an action would, unless told to misbehave."""

    def __init__(self, casework: FakeCasework) -> None:
        self.casework = casework
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.misbehave: Callable[[], bool] | None = None  # True: answer without any action

    def converse(self, sender: str, text: str, metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
        self.asked.append((text, dict(metadata)))
        if self.misbehave is not None and self.misbehave():
            return []
        self.casework.commit(metadata["turn"])
        return []

    def parse(self, text: str, sent_at: datetime) -> dict[str, Any]:
        if self.misbehave is not None and self.misbehave():
            raise BrainUnavailable("down")
        return {"intent": {"name": "greet"}}


class FakeCasework:
    """Commits each turn once, answering with the turn's text."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.parses: dict[str, Any] = {}
        self.downs: list[str] = []
        self.jobs: list[str] = []
        self.events: list[str] = []
        self.binding = False
        self.fail: Callable[[], None] = lambda: None

    def commit(self, turn_id: str, reply: str | None = "", **row: Any) -> None:
        def work(session: Session) -> None:
            turn = session.get_one(Turn, turn_id)
            conversation = lock_conversation(session, turn.conversation_id)
            session.refresh(turn)
            if turn.committed_at is not None:
                return
            turn.committed_at = real_now()
            conversation.awaiting = {"kind": "fact", "of": turn_id}
            if reply is not None:
                enqueue(
                    session,
                    key=f"{turn_id}:1",
                    conversation_id=turn.conversation_id,
                    text=reply or f"re: {turn.option or turn.text}",
                    now=real_now(),
                    turn_id=turn_id,
                    binding=self.binding,
                    **row,
                )

        self.store.run(work)

    def say(
        self, conversation_id: str, response: str, key: str, values: Mapping[str, Any] | None = None
    ) -> None:
        self.store.run(
            lambda s: enqueue(s, key=key, conversation_id=conversation_id, text=response, now=real_now())
        )

    def record_for_human(self, turn_id: str, parse: dict[str, Any] | None) -> None:
        self.parses[turn_id] = parse
        self.commit(turn_id, reply=None)

    def brain_down(self, conversation_id: str, turn_id: str) -> None:
        self.downs.append(turn_id)
        self.commit(turn_id, reply="to a human", author="system")

    def run_job(self, job_id: str) -> None:
        self.jobs.append(job_id)
        self.fail()

    def handle_event(self, event_id: str) -> None:
        self.events.append(event_id)
        self.fail()


class FakeChannel:
    """A platform: keeps what arrived, and fails as told before or after that."""

    name = "fake"

    def __init__(self) -> None:
        self.arrived: list[OutgoingMessage] = []
        self.lock = threading.Lock()
        self.before: Callable[[OutgoingMessage], None] = lambda message: None
        self.after: Callable[[OutgoingMessage], None] = lambda message: None

    def send(self, message: OutgoingMessage) -> str:
        self.before(message)
        with self.lock:
            self.arrived.append(message)
            number = len(self.arrived)
        self.after(message)
        return f"p{number}"

    def typing(self, chat_id: str) -> None:
        return

    def texts(self, chat: str | None = None) -> list[str]:
        with self.lock:
            return [m.text for m in self.arrived if chat is None or m.chat_id == chat]


def eventually(condition: Callable[[], Any], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


def rows(store: Store) -> list[Outgoing]:
    with store.reading() as session:
        return list(session.scalars(select(Outgoing).order_by(Outgoing.position)))


def turns(store: Store) -> list[Turn]:
    with store.reading() as session:
        return list(session.scalars(select(Turn).order_by(Turn.created_at)))


def the_conversation(store: Store) -> Conversation:
    with store.reading() as session:
        return session.scalars(select(Conversation)).one()


def unanswered_count(store: Store) -> int:
    with store.reading() as session:
        return len(session.scalars(select(Incoming).where(Incoming.turn_id.is_(None))).all())


def give_to_human(store: Store, conversation_id: str, owner: str = "human") -> None:
    def work(session: Session) -> None:
        conversation = lock_conversation(session, conversation_id)
        conversation.owner = owner
        conversation.epoch += 1

    store.run(work)
