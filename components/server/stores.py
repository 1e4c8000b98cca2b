"""Rasa's stores, as the dialogue needs them: the truth is in the app's store, so nothing is kept here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from components.server.turn import install


class OneTurnTrackerStore(TrackerStore):
    """Every turn starts from a fresh tracker: a long chat costs what a short one costs."""

    def __init__(self, domain: Any, event_broker: Any = None, **kwargs: Any) -> None:
        super().__init__(domain, event_broker, **kwargs)
        # endpoints.yml names this class, so `rasa run` and `rasa shell` come by here before the agent is made.
        install()

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Forget it."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        tracker = self.init_tracker(sender_id)
        # Listening already, so that Rasa starts no session first.
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self.domain)
        return tracker

    async def keys(self) -> Iterable[str]:
        return []


class TurnLockStore(InMemoryLockStore):
    """One turn of a conversation at a time, woken at once; Rasa's own asks again every second."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()
        self._turns: dict[str, asyncio.Lock] = {}
        self._wanted: dict[str, int] = {}

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncGenerator[TicketLock, None]:
        turn = self._turns.setdefault(conversation_id, asyncio.Lock())
        self._wanted[conversation_id] = self._wanted.get(conversation_id, 0) + 1
        try:
            async with turn:
                yield TicketLock(conversation_id)
        finally:
            self._wanted[conversation_id] -= 1
            if not self._wanted[conversation_id]:
                del self._wanted[conversation_id], self._turns[conversation_id]
