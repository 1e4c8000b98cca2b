"""A customer's message, stored and committed before the platform is told."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.care.messages import IncomingMessage, Sender, option_token
from bot.store.clock import Clock, real_now
from bot.store.conversations import (
    ensure_conversation,
    lock_conversation,
    offered_options,
    store_incoming,
)
from bot.store.engine import Store
from bot.store.signals import TURNS, announce
from bot.store.tables import Conversation

# Nobody waits longer than this for the customer to stop typing.
PATIENCE = timedelta(seconds=20)
# A "typing" stands for this long where the quiet period is shorter: clients report it every few seconds.
TYPING_HOLDS = timedelta(seconds=3)
# NULs cannot be stored everywhere, lone surrogates nowhere; one character for one, so that offsets hold.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Received:
    conversation_id: str
    new: bool  # False: the platform delivered it before, nothing was done


def receive(store: Store, clock: Clock, message: IncomingMessage, quiet_seconds: float) -> Received:
    """Store a message exactly once; when this returns, it is committed."""
    return store.run(lambda session: accept(session, clock, message, quiet_seconds))


def accept(session: Session, clock: Clock, message: IncomingMessage, quiet_seconds: float) -> Received:
    """`receive` within a transaction of the caller's."""
    message = storable(message)
    now = clock.now()
    found = ensure_conversation(session, message.channel, message.chat_id, message.sender, now)
    conversation = lock_conversation(session, found.id)
    if message.kind == "option":
        message = _resolve_option(session, conversation.id, message)
    # A platform's clock may run ahead; nothing is sent after it was received.
    sent_at = min(message.sent_at + clock.offset(), now)
    if store_incoming(session, conversation, message, sent_at=sent_at, now=now) is None:
        return Received(conversation.id, new=False)
    _make_due(conversation, real_now(), timedelta(seconds=0 if message.kind == "option" else quiet_seconds))
    announce(session, TURNS)
    return Received(conversation.id, new=True)


def customer_types(store: Store, conversation_id: str, quiet_seconds: float) -> None:
    """The customer is typing: what waits for an answer waits a little longer."""
    now = real_now()
    with store.reading() as session:
        seen = session.get(Conversation, conversation_id)
        if seen is None or (seen.typing_at is not None and now - seen.typing_at < timedelta(seconds=1)):
            return

    def work(session: Session) -> None:
        conversation = lock_conversation(session, conversation_id)
        conversation.typing_at = now
        # Only the quiet period is prolonged: neither a turn at work nor a retry.
        if quiet_seconds > 0 and conversation.due_by is not None and conversation.due_at is not None:
            later = now + max(timedelta(seconds=quiet_seconds), TYPING_HOLDS)
            conversation.due_at = max(conversation.due_at, min(later, conversation.due_by))

    store.run(work)


def _make_due(conversation: Conversation, now: datetime, quiet: timedelta) -> None:
    if conversation.due_by is None:
        conversation.due_by = now + max(PATIENCE, 4 * quiet)
    conversation.due_at = min(now + quiet, conversation.due_by)


def _resolve_option(session: Session, conversation_id: str, message: IncomingMessage) -> IncomingMessage:
    """The tapped option's value where the platform carried a token, and its label as the text."""
    value = str(message.payload.get("value", ""))
    for option in offered_options(session, conversation_id):
        if value in (option["value"], option_token(option["value"])):
            payload = {**message.payload, "value": option["value"]}
            return replace(message, payload=payload, text=message.text or option["label"])
    return replace(message, payload={**message.payload, "value": value[:200]}, text=message.text or value)


def clean(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)


def storable(message: IncomingMessage) -> IncomingMessage:
    """The same message, of text that every database takes."""
    sender = message.sender
    name = clean(sender.name)[:200] if sender.name else None
    return replace(
        message,
        platform_id=clean(message.platform_id),
        sender=Sender(
            clean(sender.user_id), name, sender.proven_phone, sender.proven_email, sender.proven_subject
        ),
        text=clean(message.text),
        payload=_clean_json(message.payload),
    )


def _clean_json(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _clean_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean_json(item) for item in value]
    return value
