"""Messages between channels, the conversation path and casework, free of any platform's form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Option:
    """A button: what the customer reads, and what comes back when it is tapped."""

    label: str
    value: str


def option_token(value: str, limit: int = 64) -> str:
    """What stands for an option's value on a platform that carries few bytes; the inbox finds it again."""
    if len(value.encode()) <= limit and not value.startswith("~"):
        return value
    return "~" + hashlib.sha256(value.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a platform says is writing. `proven_*` only where the platform or a signature proves it."""

    user_id: str
    name: str | None = None
    proven_phone: str | None = None  # E.164
    proven_email: str | None = None  # lower case
    proven_subject: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    channel: str  # "web" | "telegram" | "whatsapp"
    platform_id: str  # unique within the channel; repeats are dropped by it
    chat_id: str
    sender: Sender
    kind: str  # "text" | "option" | "contact" | "file" | "other"
    text: str  # as sent; a caption for files; a label for options
    sent_at: datetime  # real time, as the platform says; the inbox moves it to the product's clock
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """What a channel is asked to send. `key` is ours, the same on every attempt."""

    key: str
    chat_id: str
    author: str  # "bot" | "agent" | "system"
    author_name: str | None
    text: str
    options: tuple[Option, ...] = ()
    attachment: dict[str, Any] | None = None  # {"url" | "path", "name", "mime"}
    ask_contact: bool = False


class Channel(Protocol):
    """Port to a platform. `send` returns the platform's message id.

    Raises `errors.ChannelRetry` (not sent, again later), `errors.ChannelRefused` (never) or
    `errors.SendUnknown` (cut off while sending).
    """

    name: str

    def send(self, message: OutgoingMessage) -> str: ...

    def typing(self, chat_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Entity:
    entity: str
    start: int
    end: int
    text: str
    value: Any
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the brain made of a turn."""

    text: str
    intent: str
    confidence: float
    further: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    mood: str = "calm"  # calm | annoyed | angry | desperate
    urgency: str = "normal"  # normal | departs_today | stranded
    register: str = "casual"  # casual | formal
    finished: bool = True
    option: str | None = None  # value of a tapped option

    def values(self, *entities: str) -> list[Any]:
        """Values of the named entities, in order of appearance, without those that have none."""
        return [e.value for e in self.entities if e.entity in entities and e.value is not None]
