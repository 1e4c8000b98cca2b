"""Events are accepted if signed by the company and fresh; otherwise not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.backend.events import accept_event
from bot.errors import EventRejected
from demo.events import sign

TOKEN = "token-of-the-tests"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
RAW = json.dumps(
    {
        "id": "evt_1",
        "type": "payment.accepted",
        "at": "2026-11-22T17:00:00+07:00",
        "booking": "KLN643",
        "data": {"amount": 3000, "operation_key": "k"},
    }
).encode()
SIGNATURE = sign(TOKEN, RAW, int(NOW.timestamp()))


def test_accepted() -> None:
    event = accept_event(RAW, SIGNATURE, TOKEN, NOW)
    assert (event.id, event.type, event.booking, event.operation_key) == (
        "evt_1",
        "payment.accepted",
        "KLN643",
        "k",
    )
    assert event.at == NOW
    assert event.at.tzinfo is UTC
    assert accept_event(RAW, SIGNATURE, TOKEN, NOW + timedelta(seconds=300)).data["amount"] == 3000


@pytest.mark.parametrize(
    "signature", [None, "", "t=1", "v1=00", "t=x,v1=" + "0" * 64, SIGNATURE + "0", SIGNATURE[:-1] + "é"]
)
def test_malformed_signatures(signature: str | None) -> None:
    with pytest.raises(EventRejected):
        accept_event(RAW, signature, TOKEN, NOW)


def test_other_body_other_token_other_time() -> None:
    for raw, token, now in (
        (RAW.replace(b"3000", b"4000"), TOKEN, NOW),
        (RAW, "other", NOW),
        (RAW, TOKEN, NOW + timedelta(seconds=301)),
        (RAW, TOKEN, NOW - timedelta(seconds=301)),
    ):
        with pytest.raises(EventRejected):
            accept_event(raw, SIGNATURE, token, now)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", RAW.replace(b"+07:00", b"")])
def test_signed_nonsense(raw: bytes) -> None:
    with pytest.raises(EventRejected, match="malformed"):
        accept_event(raw, sign(TOKEN, raw, int(NOW.timestamp())), TOKEN, NOW)
