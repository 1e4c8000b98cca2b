"""What the conversation path needs from others; `bot.app` injects it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Casework(Protocol):
    """The use cases. Each is idempotent: a crash may have it called again."""

    def say(
        self, conversation_id: str, response: str, key: str, values: Mapping[str, Any] | None = None
    ) -> Any:
        """Enqueue a response of domain.yml under our key."""

    def record_for_human(self, turn_id: str, parse: dict[str, Any] | None) -> Any:
        """Keep what was understood for the person who holds the conversation, and commit the turn."""

    def brain_down(self, conversation_id: str, turn_id: str) -> Any:
        """The brain stays silent: hand over to a person, and commit the turn."""

    def run_job(self, job_id: str) -> Any: ...

    def handle_event(self, event_id: str) -> Any: ...


class Brain(Protocol):
    """Raises `errors.BrainUnavailable`."""

    def converse(self, sender: str, text: str, metadata: Mapping[str, Any]) -> Any: ...

    def parse(self, text: str, sent_at: datetime) -> dict[str, Any]: ...
