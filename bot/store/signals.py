"""Wakes threads of this process when something was committed that concerns them.

A signal is a hint, never the truth: whoever waits also looks by itself from time to time, since
another process may have committed. (PostgreSQL's LISTEN/NOTIFY can feed `publish` later.)
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

TURNS = "turns"  # a conversation became due
OUTBOX = "outbox"  # a message is to be sent
JOBS = "jobs"  # a job or event is to be handled


def visible(conversation_id: str) -> str:
    """Topic: the conversation's transcript or its typing mark changed."""
    return f"visible:{conversation_id}"


def announce(session: Session, *topics: str) -> None:
    """Publish `topics` once the session's transaction is committed."""
    session.info.setdefault("topics", set()).update(topics)


class Signals:
    """Topics and who wants to hear of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[Callable[[], None]]] = {}

    def subscribe(self, topic: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` (quick, any thread) at each signal; returns what ends the subscription."""
        with self._lock:
            self._listeners.setdefault(topic, set()).add(listener)

        def unsubscribe() -> None:
            with self._lock:
                listeners = self._listeners.get(topic)
                if listeners is not None:
                    listeners.discard(listener)
                    if not listeners:
                        del self._listeners[topic]

        return unsubscribe

    def publish(self, topics: Iterable[str]) -> None:
        with self._lock:
            listeners = [one for topic in topics for one in self._listeners.get(topic, ())]
        for listener in listeners:
            listener()
