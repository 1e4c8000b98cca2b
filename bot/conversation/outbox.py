"""Sends what is enqueued: in order per conversation, within each platform's limits, once.

A send is recorded as started before the call. When its outcome is unknown (a crash, a cut connection),
the platform's own evidence decides where there is any, else it is sent once more and marked so.
Delivery limits live here alone.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from bot.care.messages import Channel, OutgoingMessage
from bot.conversation.worker import Worker
from bot.errors import ChannelError, ChannelRefused, ChannelRetry, SendUnknown
from bot.store.clock import Clock, real_now
from bot.store.engine import Store
from bot.store.outbox import (
    IMMEDIATE,
    Sending,
    claim_next,
    conversations_to_serve,
    next_due,
    record_parked,
    record_part,
    record_repeat,
    record_retry,
    record_sent,
)
from bot.store.signals import OUTBOX

log = logging.getLogger(__name__)

_LONGEST_BACKOFF = 300.0
_GIVE_UP_AFTER = timedelta(days=1)
_UNKNOWN_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Limit:
    """What a platform allows."""

    chat_interval: float  # seconds between two messages to one chat
    per_second: float  # messages in all


LIMITS = {"telegram": Limit(chat_interval=1.0, per_second=30.0)}
_FREE = Limit(chat_interval=0.0, per_second=1000.0)


class Pace:
    """Keeps one channel's limits within this process; a platform's 429 stays the final word."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._next = 0.0
        self._chats: dict[str, float] = {}

    def chat_wait(self, chat: str) -> float:
        """Seconds until the chat may get another message."""
        with self._lock:
            return max(0.0, self._chats.get(chat, 0.0) - time.monotonic())

    def take(self, chat: str) -> float:
        """Count a message; seconds to wait before sending it."""
        with self._lock:
            now = time.monotonic()
            start = max(now, self._next)
            self._next = start + 1.0 / self._limit.per_second
            if self._limit.chat_interval:
                self._chats[chat] = start + self._limit.chat_interval
                if len(self._chats) > 10_000:
                    self._chats = {c: t for c, t in self._chats.items() if t > now}
            return start - now


class OutboxWorker(Worker):
    """Delivers outgoing rows; any number of processes may have one."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        channels: Mapping[str, Channel],
        *,
        limits: Mapping[str, Limit] | None = None,
        threads: int = 8,
        stuck_seconds: float = 30.0,
        poll: float = 0.3,
        first_retry: float = 1.0,
    ) -> None:
        """`stuck_seconds` must exceed the longest a channel's `send` can take."""
        super().__init__(store, "outbox", OUTBOX, threads=threads, poll=poll)
        self._clock = clock
        self._channels = dict(channels)
        self._served = [*IMMEDIATE, *self._channels]
        limits = LIMITS if limits is None else limits
        self._paces = {name: Pace(limits.get(name, _FREE)) for name in self._channels}
        self._stuck = timedelta(seconds=stuck_seconds)
        self._first_retry = first_retry
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._not_before: dict[str, float] = {}

    def look(self) -> float | None:
        now = real_now()
        with self._lock:
            moment = time.monotonic()
            self._not_before = {c: t for c, t in self._not_before.items() if t > moment}
            skip = self._busy | self._not_before.keys()
            paced = min(self._not_before.values(), default=None)
        with self._store.reading() as session:
            ready = conversations_to_serve(
                session, self._served, now=now, stuck_before=now - self._stuck, skip=skip
            )
            due = None if ready else next_due(session)
        for conversation_id, channel in ready:
            if not self.take_slot():
                return None
            with self._lock:
                self._busy.add(conversation_id)
            self.submit(partial(self._serve, conversation_id, channel))
        waits = [] if paced is None else [paced - time.monotonic()]
        if due is not None and due > now:
            waits.append((due - now).total_seconds())
        return min(waits, default=None)

    # -- one conversation

    def _serve(self, conversation_id: str, channel: str) -> None:
        try:
            while not self._stopping.is_set():
                pace = self._paces.get(channel)
                if pace is not None and (wait := pace.chat_wait(conversation_id)) > 0:
                    with self._lock:
                        self._not_before[conversation_id] = time.monotonic() + wait
                    return
                sending = self._store.run(partial(self._claim, conversation_id=conversation_id))
                if sending is None:
                    return
                self._deliver(sending)
        finally:
            with self._lock:
                self._busy.discard(conversation_id)

    def _claim(self, session: Session, conversation_id: str) -> Sending | None:
        now = real_now()
        return claim_next(
            session,
            conversation_id,
            now=now,
            stuck_before=now - self._stuck,
            product_now=self._clock.now(),
        )

    def _deliver(self, sending: Sending) -> None:
        channel = self._channels[sending.channel]
        try:
            platform_id = self._evidence(channel, sending) if sending.unknown else None
            if platform_id is None:
                if sending.unknown:
                    self._settle(partial(record_repeat, sending=sending))
                platform_id = self._send(channel, sending)
        except ChannelRetry as error:
            self._retry(sending, error, unknown=False, after=error.retry_after)
            return
        except ChannelRefused as error:
            log.warning("message %s refused: %s", sending.message.key, error)
            reason = str(error) or "refused by the platform"
            self._settle(
                partial(record_parked, sending=sending, reason=reason, unreachable=error.unreachable)
            )
            return
        except Exception as error:
            if not isinstance(error, SendUnknown):
                # A fault of ours in a channel: nobody knows how far it came.
                log.exception("message %s: sending failed", sending.message.key)
            found = self._evidence_or_none(channel, sending)
            if found is None:
                self._retry(sending, error, unknown=True)
                return
            platform_id = found
        record = partial(record_sent, sending=sending, platform_id=platform_id)
        self._settle(lambda session: record(session, product_now=self._clock.now()))

    def _send(self, channel: Channel, sending: Sending) -> str:
        """Send the parts that have not been sent; the platform's id of the last."""
        parts = _parts(channel, sending.message)
        pace = self._paces[sending.channel]
        platform_id = ""
        for number, part in enumerate(parts):
            if number < sending.parts_sent:
                continue
            if number > sending.parts_sent:
                time.sleep(pace.chat_wait(sending.conversation_id))
            time.sleep(pace.take(sending.conversation_id))
            platform_id = channel.send(part)
            if number + 1 < len(parts):
                self._settle(partial(record_part, sending=sending, parts_sent=number + 1))
        return platform_id

    def _evidence(self, channel: Channel, sending: Sending) -> str | None:
        """The platform's id of a message it has taken before, where the platform can tell."""
        was_sent: Callable[[OutgoingMessage], str | None] | None = getattr(channel, "was_sent", None)
        return None if was_sent is None else was_sent(sending.message)

    def _evidence_or_none(self, channel: Channel, sending: Sending) -> str | None:
        try:
            return self._evidence(channel, sending)
        except ChannelError:
            return None

    def _retry(
        self, sending: Sending, error: Exception, *, unknown: bool, after: float | None = None
    ) -> None:
        reason = f"{type(error).__name__}: {error}"
        old = self._clock.now() - sending.created_at > _GIVE_UP_AFTER
        if old or (unknown and sending.attempt >= _UNKNOWN_ATTEMPTS):
            self._settle(partial(record_parked, sending=sending, reason=reason, unreachable=False))
            return
        wait = after if after is not None else self._backoff(sending.attempt)
        due_at = real_now() + timedelta(seconds=wait)
        # A claim of unknown outcome that never got to its own call stays unknown.
        unknown = unknown or sending.unknown
        self._settle(partial(record_retry, sending=sending, due_at=due_at, error=reason, unknown=unknown))

    def _backoff(self, attempt: int) -> float:
        jitter = random.uniform(0.8, 1.2)  # noqa: S311
        return float(min(_LONGEST_BACKOFF, self._first_retry * 2 ** min(attempt - 1, 12)) * jitter)

    def _settle(self, record: Callable[[Session], Any]) -> None:
        """Record an outcome, however long the database refuses: it is known only here."""
        while True:
            try:
                self._store.run(record)
                return
            except Exception:
                log.exception("outcome of a send not recorded yet")
                if not self.pause(1.0):
                    raise


def _parts(channel: Channel, message: OutgoingMessage) -> list[OutgoingMessage]:
    """The platform's messages that make up one of ours; `split` is pure, so that it repeats."""
    split: Callable[[OutgoingMessage], list[OutgoingMessage]] | None = getattr(channel, "split", None)
    return [message] if split is None else split(message)
