"""From what the brain says about a message to an Understanding with normalised values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.care.messages import Entity, Understanding
from components.bahasa.values import normalise_value


def from_parse(
    parse: Mapping[str, Any], sent_at: datetime, zone: str, option: str | None = None
) -> Understanding:
    """Read Rasa's parse (also a tracker's latest message). Values are reckoned from when it was sent."""
    text = str(parse.get("text") or "")
    intent = parse.get("intent") or {}
    signals = parse.get("signals") or {}
    return Understanding(
        text=text,
        intent=str(intent.get("name") or "nlu_fallback"),
        confidence=float(intent.get("confidence") or 0.0),
        further=tuple(str(f["intent"]) for f in parse.get("further") or ()),
        entities=tuple(_entity(e, text, sent_at, zone) for e in parse.get("entities") or ()),
        mood=str(signals.get("mood", "calm")),
        urgency=str(signals.get("urgency", "normal")),
        register=str(signals.get("register", "casual")),
        finished=bool(signals.get("finished", True)),
        option=option,
    )


def _entity(data: Mapping[str, Any], text: str, sent_at: datetime, zone: str) -> Entity:
    start, end = int(data["start"]), int(data["end"])
    span, name = text[start:end], str(data["entity"])
    return Entity(
        entity=name,
        start=start,
        end=end,
        text=span,
        value=normalise_value(name, span, sent_at, zone, context=text),
        confidence=float(data.get("confidence") or data.get("confidence_entity") or 1.0),
    )
