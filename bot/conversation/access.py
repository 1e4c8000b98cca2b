"""What the channels are given: each platform's door into the conversation path."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.care.messages import IncomingMessage, Sender
from bot.conversation.inbox import accept, customer_types, receive, storable
from bot.store.clock import Clock, real_now
from bot.store.conversations import attachment, ensure_web_conversation, is_typing, transcript
from bot.store.engine import Store
from bot.store.signals import visible
from bot.store.tables import Conversation
from bot.store.work import lead, read_meta, step_down, write_meta

_OFFSET = "telegram_offset"
# After a week without updates Telegram's ids begin anew, anywhere: an old offset would hide them.
_OFFSET_HOLDS = timedelta(days=6)


class WebAccess:
    """Implements `bot.channels.web.WebChat` on the store."""

    def __init__(self, store: Store, clock: Clock, quiet_seconds: float) -> None:
        self._store = store
        self._clock = clock
        self._quiet = quiet_seconds

    def open(self, sender: Sender) -> str:
        """The sender's conversation, new or continued."""
        message = IncomingMessage("web", "", "", sender, "text", "", real_now())
        sender = storable(message).sender
        return self._store.run(lambda s: ensure_web_conversation(s, sender, self._clock.now()).id)

    def exists(self, conversation_id: str) -> bool:
        with self._store.reading() as session:
            return session.get(Conversation, conversation_id) is not None

    def receive(self, message: IncomingMessage) -> bool:
        """Store a message; False when it was there already."""
        return receive(self._store, self._clock, message, self._quiet).new

    def customer_types(self, conversation_id: str) -> None:
        customer_types(self._store, conversation_id, self._quiet)

    def messages(self, conversation_id: str, after: int) -> list[dict[str, Any]]:
        with self._store.reading() as session:
            return transcript(session, conversation_id, after=after, limit=500)

    def is_typing(self, conversation_id: str) -> bool:
        with self._store.reading() as session:
            return is_typing(session, conversation_id, real_now())

    def attachment(self, conversation_id: str, seq: int) -> dict[str, Any] | None:
        with self._store.reading() as session:
            return attachment(session, conversation_id, seq)

    def subscribe(self, conversation_id: str, listener: Callable[[], None]) -> Callable[[], None]:
        return self._store.signals.subscribe(visible(conversation_id), listener)


class TelegramAccess:
    """Implements `bot.channels.telegram.Updates` on the store."""

    def __init__(self, store: Store, clock: Clock, quiet_seconds: float) -> None:
        self._store = store
        self._clock = clock
        self._quiet = quiet_seconds
        self._token = secrets.token_hex(8)

    def may_poll(self) -> bool:
        """One process polls; the others wait for it to end."""
        lease = timedelta(seconds=60)
        return self._store.run(lambda s: lead(s, "telegram", self._token, now=real_now(), lease=lease))

    def stop_polling(self) -> None:
        self._store.run(lambda s: step_down(s, "telegram", self._token))

    def offset(self) -> int | None:
        with self._store.reading() as session:
            kept = read_meta(session, _OFFSET)
        if kept is None:
            return None
        number, _, at = kept.partition(" ")
        return int(number) if real_now() - datetime.fromisoformat(at) < _OFFSET_HOLDS else None

    def keep(self, message: IncomingMessage | None, next_offset: int) -> bool:
        """Store an update's message, if it has one, and the offset that acknowledges it, together."""

        def work(session: Session) -> bool:
            new = message is not None and accept(session, self._clock, message, self._quiet).new
            write_meta(session, _OFFSET, f"{next_offset} {real_now().isoformat()}")
            return new

        return self._store.run(work)
