"""Events from the company's system: signed, fresh, and of a known shape, or not accepted."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.backend.parsing import BadAnswer, parse
from bot.errors import EventRejected

TOLERANCE_SECONDS = 300
_HEADER = re.compile(r"t=(\d{1,12}),v1=([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class BackendEvent:
    id: str
    type: str
    at: datetime
    booking: str
    data: dict[str, Any]

    @property
    def operation_key(self) -> str | None:
        """The key of our own act that caused it; None if something else did."""
        key = self.data.get("operation_key")
        return key if isinstance(key, str) else None


def accept_event(raw: bytes, signature: str | None, token: str, now: datetime) -> BackendEvent:
    """The event, if the company signed it within five minutes of `now`, which is real time."""
    match = _HEADER.fullmatch(signature or "")
    if match is None:
        raise EventRejected("signature missing or malformed")
    message = match[1].encode() + b"." + raw
    expected = hmac.new(token.encode(), message, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, match[2]):
        raise EventRejected("signature wrong")
    if abs(now.timestamp() - int(match[1])) > TOLERANCE_SECONDS:
        raise EventRejected("signed too long ago, or in the future")
    try:
        return parse(BackendEvent, raw)
    except BadAnswer as error:
        raise EventRejected(f"malformed: {error}") from error
